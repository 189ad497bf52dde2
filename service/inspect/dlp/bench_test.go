package dlp

import (
	"fmt"
	"strings"
	"testing"
)

// letter is a business letter of about five kilobytes, written for this.
func letter() string {
	var b strings.Builder
	b.WriteString("Subject: Your order 4711 of 12 March\n\nDear Ms Martin,\n\n")
	for i := range 20 {
		fmt.Fprintf(&b, "Thank you for your order of %d boxes, which we shall deliver to our warehouse in Leeds in week %d. "+
			"The price is %d.50 EUR for each box, as agreed with your colleague Mr Weber; please see the list at "+
			"https://shop.contoso.com/orders/%d for what is in them. ", i+3, i+10, 120+i, 88000+i)
	}
	b.WriteString("\n\nYou may pay by card or to our account (IBAN DE75 5121 0800 1245 1261 99) by 2026-04-15. Call +49 30 901820 or " +
		"write to orders@contoso.com if anything is missing.\n\nKind regards\nAna Weber\nContoso GmbH, HRB 14285\n")
	return b.String()
}

func BenchmarkLetter(b *testing.B) {
	d, text := detector(b, Config{}), letter()
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		d.Find(text)
	}
}

func BenchmarkWords(b *testing.B) {
	d, text := detector(b, Config{}), strings.Repeat("Nothing in this sentence is a number, an address or a name. ", 90)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		d.Find(text)
	}
}

func BenchmarkDigits(b *testing.B) {
	d, text := detector(b, Config{}), strings.Repeat("4539148803436467 ", 300)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		d.Find(text)
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		detector(b, Config{})
	}
}
