package dlp

// verdict is what a validator says of a match.
type verdict int

const (
	unsure   verdict = iota // it may be one: the pattern's confidence stands
	affirmed                // a check digit or the like fits
	refused                 // it can't be one
)

// validator judges the text of a match.
type validator func(text string) verdict

// is gives affirmed or refused.
func is(ok bool) verdict {
	if ok {
		return affirmed
	}
	return refused
}

// unless gives unsure or refused.
func unless(wrong bool) verdict {
	if wrong {
		return refused
	}
	return unsure
}

// mayBe gives affirmed or unsure.
func mayBe(ok bool) verdict {
	if ok {
		return affirmed
	}
	return unsure
}

// validators are those which the files of identifiers, and custom identifiers,
// may name.
var validators = map[string]validator{
	"":                    nil,
	"luhn":                func(s string) verdict { return is(luhn(digits(s))) },
	"luhn_weak":           func(s string) verdict { return unless(!luhn(digits(s)) || same(digits(s))) },
	"mod97":               func(s string) verdict { return is(mod97(alnum(s)) == 1) },
	"verhoeff":            func(s string) verdict { return is(verhoeff(digits(s))) },
	"credit_card":         creditCard,
	"iban":                iban,
	"uuid":                uuid,
	"mac_address":         macAddress,
	"imei":                func(s string) verdict { return unless(!luhn(digits(s))) },
	"vin":                 vin,
	"token":               token,
	"connection_string":   connectionString,
	"us_ssn":              usSSN,
	"aba_routing_number":  abaRouting,
	"medical_license":     medicalLicense,
	"us_npi":              usNPI,
	"us_clia":             usCLIA,
	"letters_and_digits":  func(s string) verdict { return unless(digits(s) == "" || len(digits(s)) == len(alnum(s))) },
	"ca_bn":               caBN,
	"uk_nhs":              ukNHS,
	"uk_nino":             ukNINO,
	"uk_driving_licence":  ukDrivingLicence,
	"uk_vehicle":          ukVehicle,
	"es_nif":              esNIF,
	"es_nie":              esNIE,
	"it_fiscal_code":      itFiscalCode,
	"it_vat_code":         itVATCode,
	"pl_pesel":            plPESEL,
	"fi_identity":         fiIdentity,
	"se_personnummer":     sePersonnummer,
	"se_organisation":     seOrganisation,
	"dk_cpr":              dkCPR,
	"fr_nir":              frNIR,
	"fr_siren":            frSIREN,
	"fr_siret":            frSIRET,
	"tr_national_id":      trNationalID,
	"tr_tax_id":           trTaxID,
	"ru_tax_id":           ruTaxID,
	"ru_snils":            ruSNILS,
	"de_tax_id":           deTaxID,
	"de_document":         deDocument,
	"de_social_security":  deSocialSecurity,
	"de_health_insurance": deHealthInsurance,
	"de_postal_code":      func(s string) verdict { return unless(s < "01001" || s > "99998") },
	"de_lanr":             deLANR,
	"de_bsnr":             func(s string) verdict { return unless(s == "000000000") },
	"de_vat_id":           func(s string) verdict { return is(mod11_10(digits(s))) },
	"sg_uen":              sgUEN,
	"au_abn":              auABN,
	"au_acn":              auACN,
	"au_tfn":              auTFN,
	"au_medicare":         auMedicare,
	"au_bank_details":     auBankDetails,
	"in_aadhaar":          inAadhaar,
	"in_gstin":            inGSTIN,
	"in_pan":              inPAN,
	"in_vehicle":          inVehicle,
	"kr_rrn":              func(s string) verdict { return krRegistration(s, 11) },
	"kr_frn":              func(s string) verdict { return krRegistration(s, 13) },
	"kr_brn":              krBRN,
	"kr_crn":              krCRN,
	"kr_driver":           krDriver,
	"kr_bank_account":     krBankAccount,
	"th_tnin":             thTNIN,
	"tw_national_id":      twNationalID,
	"ph_tin":              phTIN,
	"ph_health_insurance": phHealthInsurance,
	"ph_license_plate":    phLicensePlate,
	"ng_nin":              func(s string) verdict { return is(verhoeff(digits(s))) },
	"za_id":               func(s string) verdict { return is(zaID(s)) },
	"za_traffic_register": func(s string) verdict { return unless(zaID(s)) },
	"za_company":          zaCompany,
	"za_driver_license":   zaDriverLicense,
	"za_license_plate":    zaLicensePlate,
}

// digits gives the digits of s.
func digits(s string) string {
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		if isDigit(s[i]) {
			b = append(b, s[i])
		}
	}
	return string(b)
}

// alnum gives the ASCII letters and digits of s, letters as capitals.
func alnum(s string) string {
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		switch c := s[i]; {
		case isDigit(c) || 'A' <= c && c <= 'Z':
			b = append(b, c)
		case 'a' <= c && c <= 'z':
			b = append(b, c-'a'+'A')
		}
	}
	return string(b)
}

func isLetter(b byte) bool { return 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z' }

// same says whether all of s is one character.
func same(s string) bool {
	for i := 1; i < len(s); i++ {
		if s[i] != s[0] {
			return false
		}
	}
	return true
}

// number reads digits.
func number(s string) int {
	n := 0
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// weighted sums the digits of s, each times its weight.
func weighted(s string, weights ...int) int {
	sum := 0
	for i, w := range weights {
		sum += int(s[i]-'0') * w
	}
	return sum
}

// crossSum is the sum of the digits of n, which has at most two.
func crossSum(n int) int { return n/10 + n%10 }

// luhn is the check of ISO/IEC 7812-1, annex B.
func luhn(s string) bool {
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			d = crossSum(2 * d)
		}
		sum += d
	}
	return s != "" && sum%10 == 0
}

// mod97 is the remainder of ISO 7064 MOD 97-10, letters counting from A = 10.
func mod97(s string) int {
	n := 0
	for i := range len(s) {
		if v := value36(s[i]); v < 10 {
			n = (n*10 + v) % 97
		} else {
			n = (n*100 + v) % 97
		}
	}
	return n
}

// value36 is the value of a digit or capital letter, A being 10.
func value36(b byte) int {
	if isDigit(b) {
		return int(b - '0')
	}
	return int(b-'A') + 10
}

// mod11_10 is the check of ISO 7064 MOD 11,10, the check digit being the last.
func mod11_10(s string) bool {
	if len(s) < 2 {
		return false
	}
	product := 10
	for i := range len(s) - 1 {
		sum := (int(s[i]-'0') + product) % 10
		if sum == 0 {
			sum = 10
		}
		product = 2 * sum % 11
	}
	return (11-product)%10 == int(s[len(s)-1]-'0')
}

// mrz is the check digit of machine-readable travel documents: weights 7, 3, 1.
// ICAO Doc 9303, part 3: https://www.icao.int/publications/doc-series/doc-9303
func mrz(s string) int {
	sum := 0
	for i := range len(s) {
		sum += value36(s[i]) * [3]int{7, 3, 1}[i%3]
	}
	return sum % 10
}

// verhoeff is the check of J. Verhoeff, Error Detecting Decimal Codes (1969):
// multiplication in the dihedral group of ten elements, with a permutation for
// each position.
func verhoeff(s string) bool {
	permutation := [10]int{1, 5, 7, 6, 2, 8, 3, 0, 9, 4}
	multiply := func(a, b int) int {
		switch {
		case a < 5 && b < 5:
			return (a + b) % 5
		case a < 5:
			return 5 + (a+b)%5
		case b < 5:
			return 5 + (a-b+5)%5
		default:
			return (a - b + 5) % 5
		}
	}
	check := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		for range i % 8 {
			d = permutation[d]
		}
		check = multiply(check, d)
	}
	return s != "" && check == 0
}

// leap says whether year has a 29 February.
func leap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// date says whether the day is one of the calendar.
func date(year, month, day int) bool {
	if month < 1 || month > 12 || day < 1 {
		return false
	}
	last := [12]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1]
	if month == 2 && leap(year) {
		last = 29
	}
	return day <= last
}
