package dlp

import "strings"

// zaID: a birth date, 0 to 2 for citizenship, 8 or 9, and Luhn.
// https://www.westerncape.gov.za/general-publication/decoding-your-south-african-id-number-0
func zaID(s string) bool {
	if len(s) != 13 || s[10] > '2' || s[11] < '8' || !luhn(s) {
		return false
	}
	// The century isn't told: a day that either has will do.
	year, month, day := number(s[:2]), number(s[2:4]), number(s[4:6])
	return date(1900+year, month, day) || date(2000+year, month, day)
}

// zaCompany: a year, a number, and for newer ones the type.
// https://www.cipc.co.za/
func zaCompany(s string) verdict {
	year := digits(s)[:4]
	return unless(year < "1800" || year > "2099")
}

func zaDriverLicense(s string) verdict {
	return unless(len(s) < 10 || len(s) > 14 || len(digits(s)) == len(s))
}

// zaLicensePlate: https://en.wikipedia.org/wiki/Vehicle_registration_plates_of_South_Africa
func zaLicensePlate(s string) verdict {
	n := alnum(s)
	return unless(len(n) < 5 || !strings.ContainsFunc(n[:len(n)-2], func(r rune) bool { return r > '9' }))
}
