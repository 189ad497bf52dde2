package dlp

import "strings"

// usSSN refuses what is never issued: area 000, 666 and from 900, group 00,
// serial 0000, and the two numbers which advertising made known.
// https://www.ssa.gov/employer/randomization.html
// https://www.ssa.gov/history/ssn/misused.html
func usSSN(s string) verdict {
	separators := ""
	for i := range len(s) {
		if !isDigit(s[i]) {
			separators += s[i : i+1]
		}
	}
	n := digits(s)
	return unless(!same(separators) || same(n) || n[:3] == "000" || n[:3] == "666" || n[0] == '9' ||
		n[3:5] == "00" || n[5:] == "0000" || n == "123456789" || n == "078051120")
}

// abaRouting: weights 3, 7, 1.
// https://en.wikipedia.org/wiki/ABA_routing_transit_number#Check_digit
func abaRouting(s string) verdict {
	n := digits(s)
	return is(weighted(n, 3, 7, 1, 3, 7, 1, 3, 7, 1)%10 == 0 && !same(n))
}

// medicalLicense is the number of the Drug Enforcement Administration.
// https://en.wikipedia.org/wiki/DEA_number
func medicalLicense(s string) verdict {
	n := s[2:]
	return is(weighted(n, 1, 2, 1, 2, 1, 2)%10 == int(n[6]-'0'))
}

// usNPI: Luhn with the prefix 80840.
// https://www.cms.gov/Regulations-and-Guidance/Administrative-Simplification/NationalProvIdentStand/Downloads/NPIcheckdigit.pdf
func usNPI(s string) verdict {
	n := digits(s)
	return is(luhn("80840"+n) && !same(n[:9]))
}

func usCLIA(s string) verdict {
	n := alnum(s)
	return unless(same(n[3:]))
}

// caBN: Luhn over the first nine digits.
// https://www.canada.ca/en/revenue-agency/services/tax/businesses/topics/business-registration/business-number-program-account.html
func caBN(s string) verdict {
	n := digits(s)[:9]
	return unless(!luhn(n) || same(n))
}

// ukNHS: weights 10 to 2, modulo 11.
// https://www.datadictionary.nhs.uk/attributes/nhs_number.html
func ukNHS(s string) verdict {
	n := digits(s)
	return is(weighted(n, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1)%11 == 0 && !same(n))
}

// ukNINO refuses prefixes which are never given.
// https://www.gov.uk/hmrc-internal-manuals/national-insurance-manual/nim39110
func ukNINO(s string) verdict {
	return unless(strings.Contains("BG GB NK KN NT TN ZZ", alnum(s)[:2]))
}

// ukDrivingLicence: five characters of the surname, filled up with nines.
// https://www.gov.uk/government/publications/driver-licence-number-format
func ukDrivingLicence(s string) verdict {
	name := strings.TrimRight(alnum(s)[:5], "9")
	return unless(name == "" || strings.Contains(name, "9"))
}

// ukVehicle: the age of marks since 2001 is 02 to 29 or 51 to 79.
// https://www.gov.uk/government/publications/vehicle-registration-numbers-and-number-plates
func ukVehicle(s string) verdict {
	n := alnum(s)
	if len(n) != 7 || isDigit(n[0]) || isDigit(n[1]) || !isDigit(n[2]) || !isDigit(n[3]) {
		return unsure
	}
	age := n[2:4]
	return is("02" <= age && age <= "29" || "51" <= age && age <= "79")
}
