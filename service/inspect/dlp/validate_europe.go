package dlp

import "strings"

// dniLetter is the letter of a Spanish number.
// https://www.interior.gob.es/opencms/es/servicios-al-ciudadano/tramites-y-gestiones/dni/calculo-del-digito-de-control-del-nif-nie/
func dniLetter(n int) byte { return "TRWAGMYFPDXBNJZSQVHLCKE"[n%23] }

func esNIF(s string) verdict {
	n := alnum(s)
	return is(n[len(n)-1] == dniLetter(number(digits(n))))
}

// esNIE: X, Y and Z count as 0, 1 and 2.
func esNIE(s string) verdict {
	n := alnum(s)
	return is(n[len(n)-1] == dniLetter(number(string('0'+n[0]-'X')+digits(n))))
}

// itFiscalCode: characters at odd places count by a table of their own.
// Decree of 23 December 1976; https://en.wikipedia.org/wiki/Italian_fiscal_code
func itFiscalCode(s string) verdict {
	odd := [26]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23}
	n, sum := alnum(s), 0
	for i := range 15 {
		v := value36(n[i])
		if v >= 10 {
			v -= 10
		}
		if i%2 == 0 {
			v = odd[v]
		}
		sum += v
	}
	return mayBe(byte('A'+sum%26) == n[15])
}

// itVATCode is Luhn. https://en.wikipedia.org/wiki/VAT_identification_number
func itVATCode(s string) verdict {
	n := digits(s)
	return is(luhn(n) && !same(n))
}

// plPESEL: weights 1, 3, 7, 9; months count 20 on for each century from 1900.
// https://www.gov.pl/web/gov/czym-jest-numer-pesel
func plPESEL(s string) verdict {
	return is(weighted(s, 1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)%10 == 0)
}

// fiIdentity: the date, and a character for the remainder by 31.
// https://dvv.fi/en/personal-identity-code
func fiIdentity(s string) verdict {
	n := strings.ToUpper(s)
	year := number(n[4:6])
	switch {
	case n[6] == '+':
		year += 1800
	case strings.IndexByte("-YXWVU", n[6]) >= 0:
		year += 1900
	default:
		year += 2000
	}
	check := "0123456789ABCDEFHJKLMNPRSTUVWXY"[number(n[:6]+n[7:10])%31]
	return is(date(year, number(n[2:4]), number(n[:2])) && n[10] == check)
}

// sePersonnummer: a date, the day 60 on for who isn't resident, and Luhn.
// https://www.skatteverket.se/servicelankar/otherlanguages/englishengelska/individualsandemployees/livinginsweden/personalidentitynumberandcoordinationnumber
func sePersonnummer(s string) verdict {
	n := digits(s)
	n = n[len(n)-10:]
	month, day := number(n[2:4]), number(n[4:6])
	if day > 60 {
		day -= 60
	}
	return is(1 <= month && month <= 12 && 1 <= day && day <= 31 && luhn(n))
}

// seOrganisation: Luhn; the third digit is at least 2, unlike a month's.
// https://www.skatteverket.se/foretag/drivaforetag/startaochregistrera/organisationsnummer
func seOrganisation(s string) verdict {
	n := digits(s)
	return is(n[2] >= '2' && luhn(n))
}

// dkCPR: the seventh digit tells the century; the check digit went in 2007.
// https://www.cpr.dk/cpr-systemet/opbygning-af-cpr-nummeret
func dkCPR(s string) verdict {
	n := digits(s)
	year := number(n[4:6])
	switch seventh := n[6]; {
	case seventh <= '3':
		year += 1900
	case seventh == '4' || seventh == '9':
		year += map[bool]int{true: 2000, false: 1900}[year <= 36]
	default:
		year += map[bool]int{true: 2000, false: 1800}[year <= 57]
	}
	if !date(year, number(n[2:4]), number(n[:2])) {
		return refused
	}
	return mayBe(weighted(n, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)%11 == 0)
}

// frNIR: the key is 97 minus the remainder by 97; Corsica's 2A and 2B count as
// 19 and 18. https://www.insee.fr/fr/metadonnees/definition/c1409
func frNIR(s string) verdict {
	n := alnum(s)
	body := strings.NewReplacer("2A", "19", "2B", "18").Replace(n[5:7])
	body = n[:5] + body + n[7:13]
	if len(n) != 15 || len(digits(body)) != 13 {
		return refused
	}
	return is(97-number(body)%97 == number(n[13:]))
}

// frSIREN is Luhn, which one number of ten passes. https://xml.insee.fr/schema/siret.html
func frSIREN(s string) verdict {
	n := digits(s)
	return unless(!luhn(n) || n == "000000000")
}

// frSIRET: Luhn over all and over the company's part; but for the post office,
// where the sum of the digits is a multiple of five.
func frSIRET(s string) verdict {
	n := digits(s)
	if siren := n[:9]; !luhn(siren) || siren == "000000000" {
		return refused
	}
	sum := weighted(n, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)
	return unless(!luhn(n) && (n[:9] != "356000000" || sum%5 != 0))
}

// trNationalID: https://en.wikipedia.org/wiki/Turkish_Identification_Number
func trNationalID(s string) verdict {
	odd := weighted(s, 1, 0, 1, 0, 1, 0, 1, 0, 1)
	even := weighted(s, 0, 1, 0, 1, 0, 1, 0, 1)
	tenth := ((7*odd-even)%10 + 10) % 10
	return is(tenth == int(s[9]-'0') && weighted(s, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)%10 == int(s[10]-'0'))
}

// trTaxID: each digit, its place added, times a power of two, modulo 9.
// https://en.wikipedia.org/wiki/VAT_identification_number
func trTaxID(s string) verdict {
	sum := 0
	for i := range 9 {
		v := (int(s[i]-'0') + 9 - i) % 10
		if v != 9 {
			v = (v << (9 - i)) % 9
		}
		sum += v
	}
	return is((10-sum%10)%10 == int(s[9]-'0') && !same(s))
}

// ruTaxID is the INN: ten digits for companies, twelve for people.
// https://www.nalog.gov.ru/rn77/taxation/reference_work/inn/
func ruTaxID(s string) verdict {
	last := func(i int) int { return int(s[i] - '0') }
	if len(s) == 10 {
		return is(weighted(s, 2, 4, 10, 3, 5, 9, 4, 6, 8)%11%10 == last(9) && !same(s))
	}
	return is(weighted(s, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)%11%10 == last(10) &&
		weighted(s, 3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)%11%10 == last(11) && !same(s))
}

// ruSNILS: weights 9 to 1, modulo 101.
// https://en.wikipedia.org/wiki/SNILS_(Russia)
func ruSNILS(s string) verdict {
	n := digits(s)
	return is(weighted(n, 9, 8, 7, 6, 5, 4, 3, 2, 1)%101%100 == number(n[9:]) && !same(n))
}
