package dlp

import "strings"

// deTaxID: ISO 7064 MOD 11,10; of the first ten digits exactly one stands two
// or three times, and not three times in a row. § 139b AO;
// https://www.bzst.de/DE/Privatpersonen/SteuerlicheIdentifikationsnummer/steuerlicheidentifikationsnummer_node.html
func deTaxID(s string) verdict {
	n := digits(s)
	repeated, most := 0, 0
	for d := byte('0'); d <= '9'; d++ {
		c := strings.Count(n[:10], string(d))
		if c > 1 {
			repeated, most = repeated+1, max(most, c)
		}
		if strings.Contains(n[:10], strings.Repeat(string(d), 3)) {
			return refused
		}
	}
	return is(n[0] != '0' && repeated == 1 && most <= 3 && mod11_10(n))
}

// deDocument is the number of an identity card or passport: nine characters as
// printed, or ten with the check digit of the machine-readable zone.
func deDocument(s string) verdict {
	n := alnum(s)
	if len(n) == 9 {
		return unsure
	}
	return is(mrz(n[:9]) == int(n[9])-'0')
}

// deSocialSecurity: the letter counts as its number in the alphabet; cross sums
// of the products. § 4 VKVV: https://www.gesetze-im-internet.de/vkvv/__4.html
func deSocialSecurity(s string) verdict {
	n := alnum(s)
	day, month := number(n[2:4]), number(n[4:6])
	if day > 50 {
		day -= 50
	}
	if day < 1 || day > 31 || month < 1 || month > 12 {
		return refused
	}
	return is(letterSum(n[:8], n[8], n[9:11], []int{2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1}) == n[11])
}

// deHealthInsurance: § 290 SGB V, annex 1:
// https://www.gkv-spitzenverband.de/krankenversicherung/kv_grundprinzipien/krankenversichertennummer/krankenversichertennummer.jsp
func deHealthInsurance(s string) verdict {
	n := alnum(s)
	return is(letterSum("", n[0], n[1:9], []int{1, 2, 1, 2, 1, 2, 1, 2, 1, 2}) == n[9])
}

// letterSum is the check digit of digits with a letter between them.
func letterSum(before string, letter byte, behind string, weights []int) byte {
	v := int(letter-'A') + 1
	all := before + string([]byte{byte('0' + v/10), byte('0' + v%10)}) + behind
	sum := 0
	for i, w := range weights {
		sum += crossSum(int(all[i]-'0') * w)
	}
	return byte('0' + sum%10)
}

// deLANR: the seventh digit checks the first six, weights 4 and 9.
// https://www.kbv.de/media/sp/Arztnummern_Richtlinie.pdf
func deLANR(s string) verdict {
	n := digits(s)
	return is(n != "000000000" && (10-weighted(n, 4, 9, 4, 9, 4, 9)%10)%10 == int(n[6]-'0'))
}
