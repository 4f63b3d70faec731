package vault

import (
	"github.com/noren-shop/noren/internal/base/actor"
)

// ScopeClasses are the classes of purchasers' fields that an app with these scopes may have opened. The reference service's scopes open all that
// a shop keeps of its purchasers; Noren's own open one class each.
func ScopeClasses(scopes []actor.Scope) Mask {
	var m Mask
	for _, s := range scopes {
		if s.Coarse() {
			m = m.With(purchaserClasses()...)
		}
		for _, c := range purchaserClasses() {
			if s.Class() == c.String() {
				m = m.With(c)
			}
		}
	}
	return m
}

// purchaserClasses are what an app may ask for of a purchaser: never how they log in.
func purchaserClasses() []Class {
	return []Class{Name, Furigana, Company, Address, Phone, Email, BirthDate, Delivery, Purchase, Message, CardDisplay}
}
