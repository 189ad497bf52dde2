package dlp

import "strings"

// sgUEN: three formats, each with weights and an alphabet of its own.
// https://www.uen.gov.sg/ueninternet/faces/pages/admin/aboutUEN.jspx
// https://gist.github.com/mervintankw/90d5660c6ab03a83ddf77fa8199a0e52
func sgUEN(s string) verdict {
	n := alnum(s)
	last := n[len(n)-1]
	switch {
	case len(n) == 9:
		return is("XMKECAWLJDB"[weighted(n, 10, 4, 9, 3, 8, 2, 7, 1)%11] == last)
	case isDigit(n[0]):
		return is(n[:4] <= "2099" && "ZKCMDNERGWH"[weighted(n, 10, 8, 6, 4, 9, 7, 5, 3, 1)%11] == last)
	}
	const alphabet = "ABCDEFGHJKLMNPQRSTUVWX0123456789"
	const entities = "LP LL FC PF RF MQ MM NB CC CS MB FM GS DP CP NR CM CD MD HS VH CH MH CL XL CX HC RP TU TC FB FN PA PB SS MC SM GA GB"
	if !strings.Contains(entities, n[3:5]) {
		return refused
	}
	sum := 0
	for i, w := range []int{4, 3, 5, 3, 10, 2, 2, 5, 7} {
		v := strings.IndexByte(alphabet, n[i])
		if v < 0 {
			return refused
		}
		sum += v * w
	}
	return is(alphabet[(sum+6)%11] == last)
}

// auABN: one less in the first digit, weights, modulo 89.
// https://abr.business.gov.au/Help/AbnFormat
func auABN(s string) verdict {
	n := digits(s)
	sum := weighted(n, 10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19) - 10
	if n[0] == '0' {
		sum += 100
	}
	return is(sum%89 == 0)
}

// auACN: weights 8 to 1.
// https://asic.gov.au/for-business/registering-a-company/steps-to-register-a-company/australian-company-numbers/australian-company-number-digit-check/
func auACN(s string) verdict {
	n := digits(s)
	return is((10-weighted(n, 8, 7, 6, 5, 4, 3, 2, 1)%10)%10 == int(n[8]-'0') && !same(n))
}

// auTFN: https://en.wikipedia.org/wiki/Tax_file_number
func auTFN(s string) verdict {
	n := digits(s)
	return is(weighted(n, 1, 4, 3, 7, 5, 8, 6, 9, 10)%11 == 0 && !same(n))
}

// auMedicare: https://meteor.aihw.gov.au/content/270101
func auMedicare(s string) verdict {
	n := digits(s)
	return is(weighted(n, 1, 3, 7, 9, 1, 3, 7, 9)%10 == int(n[8]-'0'))
}

func auBankDetails(s string) verdict {
	n := digits(s)
	return unless(len(n) < 12 || len(n) > 16 || strings.Trim(n[:6], "0") == "" || strings.Trim(n[6:], "0") == "")
}

// inAadhaar: Verhoeff; no palindrome; not from 0 or 1.
// https://uidai.gov.in/en/my-aadhaar/about-your-aadhaar.html
func inAadhaar(s string) verdict {
	n := digits(s)
	palindrome := true
	for i := range len(n) / 2 {
		palindrome = palindrome && n[i] == n[len(n)-1-i]
	}
	return is(n[0] >= '2' && !palindrome && verhoeff(n))
}

// inGSTIN: a state, a tax account number, Z as the last but one.
// https://www.gst.gov.in/
func inGSTIN(s string) verdict {
	n := alnum(s)
	state, pan := number(n[:2]), n[2:12]
	letters := 0
	for i := range 5 {
		if isLetter(pan[i]) {
			letters++
		}
	}
	return is(state >= 1 && letters >= 3 && len(digits(pan[5:9])) == 4 && isLetter(pan[9]))
}

// inPAN: ten characters with a letter and four digits in a row.
func inPAN(s string) verdict {
	run, letter, most := 0, false, 0
	for i := range len(s) {
		letter = letter || isLetter(s[i])
		if run++; !isDigit(s[i]) {
			run = 0
		}
		most = max(most, run)
	}
	return unless(!letter || most < 4)
}

// inStates are the codes of states and territories, with the highest number of
// their offices, 0 for any.
// https://en.wikipedia.org/wiki/List_of_Regional_Transport_Office_districts_in_India
var inStates = map[string]int{
	"AN": 1, "AP": 40, "AR": 22, "AS": 34, "BR": 56, "CG": 30, "CH": 4, "DD": 3, "DL": 13, "DN": 9, "GA": 12, "GJ": 39,
	"HP": 99, "HR": 99, "JH": 24, "JK": 22, "KA": 71, "KL": 99, "LA": 2, "LD": 9, "MH": 51, "ML": 10, "MN": 7, "MP": 71,
	"MZ": 8, "NL": 10, "OD": 35, "OR": 31, "PB": 99, "PY": 5, "RJ": 58, "SK": 8, "TN": 99, "TR": 8, "TS": 38, "UK": 20,
	"UP": 96, "WB": 98,
}

// inVehicle affirms a state's code with an office of its and a serial number, or
// a diplomatic one with a country's.
func inVehicle(s string) verdict {
	n := alnum(s)
	if len(n) < 8 {
		return unsure
	}
	if most, known := inStates[n[:2]]; known && isDigit(n[2]) {
		office := n[2:3]
		if isDigit(n[3]) {
			office = n[2:4]
		}
		tail := n[len(n)-4:]
		return mayBe(len(digits(tail)) == 4 && tail != "0000" && number(office) >= 1 && number(office) <= most)
	}
	for _, code := range []string{"CC", "CD", "UN"} {
		if country, _, ok := strings.Cut(n, code); ok && len(digits(country)) == len(country) && country != "" {
			return mayBe(number(country) >= 1 && number(country) <= 160)
		}
	}
	return unsure
}

// krRegistration: a check digit until October 2020, at random since.
// https://en.wikipedia.org/wiki/Resident_registration_number
func krRegistration(s string, base int) verdict {
	n := digits(s)
	check := (base - weighted(n, 2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)%11) % 10
	return mayBe(number(n[7:9]) <= 95 && check == int(n[12]-'0'))
}

// krBRN: https://org-id.guide/list/KR-BRN
func krBRN(s string) verdict {
	n := digits(s)
	sum := weighted(n, 1, 3, 7, 1, 3, 7, 1, 3, 5) + int(n[8]-'0')*5/10
	return is((10-sum%10)%10 == int(n[9]-'0') && !same(n))
}

// krCRN: a check digit until January 2025.
// https://www.law.go.kr/LSW/lsInfoP.do?lsId=005861
func krCRN(s string) verdict {
	n := digits(s)
	return mayBe((10-weighted(n, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2)%10)%10 == int(n[12]-'0'))
}

// krDriver: the first two digits are a region's.
func krDriver(s string) verdict {
	region := digits(s)[:2]
	return mayBe("11" <= region && region <= "28" && region != "27")
}

// krBankAccount refuses mobile telephones, dates and what has the length of a
// person's number.
func krBankAccount(s string) verdict {
	n := digits(s)
	mobile := len(n) >= 10 && len(n) <= 11 && n[0] == '0' && strings.Contains("010 011 016 017 019 070", n[:3])
	return unless(mobile || len(n) < 9 || len(n) > 16 || len(n) == 13 && (len(s) == 13 || s[6] == '-'))
}

// thTNIN: weights 13 to 2, modulo 11.
// https://en.wikipedia.org/wiki/Thai_identity_card
func thTNIN(s string) verdict {
	return is((11-weighted(s, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2)%11)%10 == int(s[12]-'0'))
}

// twNationalID: the letter is a place's number. https://www.ris.gov.tw/app/portal/3014
func twNationalID(s string) verdict {
	places := [26]int{10, 11, 12, 13, 14, 15, 16, 17, 34, 18, 19, 20, 21, 22, 35, 23, 24, 25, 26, 27, 28, 29, 32, 30, 31, 33}
	n := alnum(s)
	place := places[n[0]-'A']
	return is((place/10+place%10*9+weighted(n[1:], 8, 7, 6, 5, 4, 3, 2, 1, 1))%10 == 0)
}

// phTIN: weights 9 to 2, modulo 11. https://www.bir.gov.ph/
func phTIN(s string) verdict {
	n := digits(s)
	return is(weighted(n, 9, 8, 7, 6, 5, 4, 3, 2)%11 == int(n[8]-'0') && !same(n))
}

// phHealthInsurance: weights 2 to 12, modulo 11.
// https://www.philhealth.gov.ph/downloads/eclaims/
func phHealthInsurance(s string) verdict {
	n := digits(s)
	check := (11 - weighted(n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)%11) % 11
	return unless(check != int(n[11]-'0') || same(n))
}

func phLicensePlate(s string) verdict {
	n := alnum(s)
	return unless(len(n) == 6 && strings.Trim(n, "0123456789ABCDEF") == "")
}
