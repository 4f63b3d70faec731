package ui

// Icon names one of the marks that the kit draws.
type Icon string

// The icons.
const (
	IconHome   Icon = "home"
	IconOrder  Icon = "order"
	IconBox    Icon = "box"
	IconTruck  Icon = "truck"
	IconStock  Icon = "stock"
	IconEye    Icon = "eye"
	IconPeople Icon = "people"
	IconGear   Icon = "gear"
	IconCart   Icon = "cart"
	IconChart  Icon = "chart"
	IconMore   Icon = "more"
	IconShield Icon = "shield"
	IconMail   Icon = "mail"
	IconSearch Icon = "search"
	IconCheck  Icon = "check"
	IconAlert  Icon = "alert"
	IconInfo   Icon = "info"
	IconLock   Icon = "lock"
	IconPlus   Icon = "plus"
	IconMinus  Icon = "minus"
	IconBack   Icon = "back"
	IconNext   Icon = "next"
	IconUser   Icon = "user"
	IconStore  Icon = "store"
	IconKey    Icon = "key"
	IconYen    Icon = "yen"
	IconFile   Icon = "file"
)

// path is the icon's drawing on a square of 24.
func (i Icon) path() string {
	switch i {
	case IconHome:
		return "M4 10.5 12 4l8 6.5V20h-5.5v-6h-5v6H4z"
	case IconOrder:
		return "M6 3.5h12v17l-3-2-3 2-3-2-3 2zM9 8.5h6M9 12.5h6"
	case IconBox:
		return "m12 3.5 8 4v9l-8 4-8-4v-9zM4 7.5l8 4 8-4M12 11.5v9"
	case IconTruck:
		return "M3 6.5h11v10H3zM14 10.5h4l3 3v3h-7zM7 19a1.8 1.8 0 1 0 0-3.6A1.8 1.8 0 0 0 7 19zM17 19a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6z"
	case IconStock:
		return "M4 4.5h16v5H4zM5.5 9.5v10h13v-10M10 13h4"
	case IconEye:
		return "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 14.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6z"
	case IconPeople:
		return "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c0-3.6 2.9-5.5 6.5-5.5s6.5 1.9 6.5 5.5M16 5a3.2 3.2 0 0 1 0 6.2M18 14.8c2.1.7 3.5 2.4 3.5 5.2"
	case IconGear:
		return "M4 7h9M17 7h3M4 17h3M11 17h9M15 9.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4zM9 19.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4z"
	case IconCart:
		return "M6 8.5h12l1 12H5zM9 11V7a3 3 0 0 1 6 0v4"
	case IconChart:
		return "M4 20h16M7 16.5v-5M12 16.5v-10M17 16.5v-7"
	case IconMore:
		return "M4 7h16M4 12h16M4 17h16"
	case IconShield:
		return "M12 3.5 19 6v6c0 4.4-2.9 7.3-7 8.5-4.1-1.2-7-4.1-7-8.500V6zM9 12l2.2 2.200L15 10.2"
	case IconMail:
		return "M3.5 5.500h17v13h-17zM4 6.500l8 6 8-6"
	}
	return i.sign()
}

// sign is the drawing of the smaller icons.
func (i Icon) sign() string {
	switch i {
	case IconSearch:
		return "M11 17.500a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM16 16l4.5 4.5"
	case IconCheck:
		return "m5 12.5 4.5 4.500L19 7.5"
	case IconAlert:
		return "M12 4 21 19.500H3zM12 10v4.500M12 17v.1"
	case IconInfo:
		return "M12 20.500a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 11v5M12 8v.1"
	case IconLock:
		return "M5.5 10.500h13v9h-13zM8.5 10.500V7.500a3.5 3.5 0 0 1 7 0v3"
	case IconPlus:
		return "M12 6v12M6 12h12"
	case IconMinus:
		return "M6 12h12"
	case IconBack:
		return "m14 6-6 6 6 6"
	case IconNext:
		return "m10 6 6 6-6 6"
	case IconUser:
		return "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.500c0-4 3.4-6 7.5-6s7.5 2 7.5 6"
	case IconStore:
		return "M4 9.500V20h16V9.500M3 9.5 5 4h14l2 5.500zM9.5 20v-6h5v6"
	case IconKey:
		return "M8 15.500a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM11.5 12H21v3M17 12v2.5"
	case IconYen:
		return "m6 4.5 6 7.5 6-7.500M12 12v8M7.5 13h9M7.5 16.500h9"
	case IconFile:
		return "M6 3.500h8l4 4v13H6zM14 3.500v4h4"
	}
	return ""
}
