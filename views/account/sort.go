package account

import (
	"cmp"
	"slices"
	"strings"

	"cloudappsecurity/service"
)

func sortByName(list []service.Selection) {
	slices.SortFunc(list, func(a, b service.Selection) int {
		return cmp.Or(strings.Compare(a.Person.Name(), b.Person.Name()), strings.Compare(a.Person.ID, b.Person.ID))
	})
}
