// Package actor says who acts and what they may do.
//
// It guarantees that rights are named as sentences, that roles and flows are tables of rights, and that an actor without
// a right has none. It refuses to know how an actor proved who they are: doors and the vault do that.
package actor

import (
	"github.com/noren-shop/noren/internal/base/id"
	"github.com/noren-shop/noren/internal/base/secret"
)

// A Kind of actor.
type Kind string

// The kinds.
const (
	Visitor  Kind = "visitor"  // anyone at a storefront: a guest
	Member   Kind = "member"   // a purchaser who logged in at one shop
	Staff    Kind = "staff"    // an owner or a staff member, in the admin
	Operator Kind = "operator" // who runs the service
	Job      Kind = "job"      // Noren itself: followers, sweeps, mails
	App      Kind = "app"      // another's program, with an owner's consent
)

// A Right is one thing that an actor may do in a shop (or, for the operator, on the platform).
type Right string

// The rights. house_test checks that each is asked for somewhere.
const (
	BrowseShop    Right = "browse shop"    // see what is on sale
	FillCart      Right = "fill cart"      // keep a cart
	PlaceOrders   Right = "place orders"   // turn a cart into an order
	ViewCatalog   Right = "view catalogue" // with what is not on sale
	EditCatalog   Right = "edit catalogue" //
	EditStock     Right = "edit stock"     //
	ViewOrders    Right = "view orders"    //
	EditOrders    Right = "edit orders"    // mark paid, cancel, notes
	ShipOrders    Right = "ship orders"    //
	ViewPersons   Right = "view persons"   // reveal purchasers' personal data
	ViewAccess    Right = "view access"    // who has read whose data
	EditSettings  Right = "edit settings"  // shop, legal page, payment, shipping
	EditStaff     Right = "edit staff"     //
	OpenShops     Right = "open shops"     // open, pause, close
	CreateShops   Right = "create shops"   // sign-up
	SendMail      Right = "send mail"      //
	SweepShops    Right = "sweep shops"    // end holds and stale carts
	IndexOrders   Right = "index orders"   // store what orders are looked up by
	OperateShops  Right = "operate shops"  // the operator's console
	PayBills      Right = "pay bills"      // what the shop owes the operator: plan, invoices, card
	RunBilling    Right = "run billing"    // count fees, close months, charge
	SuspendShops  Right = "suspend shops"  // and resume them
	ManageApps    Right = "manage apps"    // let apps into a shop, and out
	DevelopApps   Right = "develop apps"   // one's own programs
	SendHooks     Right = "send hooks"     // tell apps what happened
	ManageAccount Right = "manage account" // one's own password, passkeys, sessions
)

// A Role is a named set of rights that a staff member has in one shop.
type Role string

// The roles.
const (
	Owner   Role = "owner"
	Manager Role = "manager" // everything but staff, settings and opening
	Packer  Role = "packer"  // sees and ships orders
)

// Rights of a role. An unknown role has none.
func (r Role) Rights() []Right {
	switch r {
	case Owner:
		return []Right{BrowseShop, ViewCatalog, EditCatalog, EditStock, ViewOrders, EditOrders, ShipOrders, ViewPersons, ViewAccess,
			EditSettings, EditStaff, OpenShops, PayBills, ManageApps, ManageAccount}
	case Manager:
		return []Right{BrowseShop, ViewCatalog, EditCatalog, EditStock, ViewOrders, EditOrders, ShipOrders, ViewPersons, ManageAccount}
	case Packer:
		return []Right{BrowseShop, ViewCatalog, ViewOrders, ShipOrders, ViewPersons, ManageAccount}
	}
	return nil
}

// Rights of the kinds that have no role. Staff get theirs from their role in the shop.
func (k Kind) Rights() []Right {
	switch k {
	case Visitor, Member:
		return []Right{BrowseShop, FillCart}
	case App:
		return []Right{BrowseShop}
	case Operator:
		return []Right{OperateShops, ManageAccount}
	}
	return nil
}

// A Flow is a use case that lends rights which its caller does not have, for its own steps only.
type Flow string

// The flows.
const (
	Signup    Flow = "signup"
	Checkout  Flow = "checkout"
	Fulfil    Flow = "fulfil"
	OrderMail Flow = "order mail"
	OwnOrder  Flow = "own order" // a purchaser looks at what they bought
	Joining   Flow = "joining"   // a visitor becomes a shop's member
	Sweep     Flow = "sweep"
	DailyMail Flow = "daily mail" // the morning letter to a shop
	Index     Flow = "index"      // orders become findable by their purchasers
	Billing   Flow = "billing"    // the operator's invoices to shops
	Pay       Flow = "pay"        // what providers tell moves payments and their orders
	Hooks     Flow = "hooks"      // apps are told what happened
	Seed      Flow = "seed"       // sample shops of the demo and the bench
)

// Rights that a flow lends.
func (f Flow) Rights() []Right {
	switch f {
	case Signup:
		return []Right{CreateShops, EditSettings, EditStaff}
	case Checkout:
		return []Right{PlaceOrders, FillCart, BrowseShop}
	case Fulfil:
		return []Right{ShipOrders, EditOrders, SendMail}
	case OrderMail:
		return []Right{ViewOrders, ViewPersons, SendMail}
	case OwnOrder:
		return []Right{ViewOrders, PlaceOrders}
	case Joining:
		return []Right{ManageAccount}
	case DailyMail:
		return []Right{BrowseShop, ViewOrders}
	case Index:
		return []Right{ViewOrders, IndexOrders}
	case Sweep:
		return []Right{SweepShops}
	case Billing:
		return []Right{BrowseShop, PayBills, RunBilling, SuspendShops}
	case Pay:
		return []Right{BrowseShop, ViewOrders, EditOrders, PlaceOrders, SweepShops}
	case Hooks:
		return []Right{BrowseShop, ManageApps, SendHooks}
	case Seed:
		return append(Owner.Rights(), CreateShops, PlaceOrders, FillCart, SendMail, SweepShops)
	}
	return nil
}

// An Actor is who stands behind a request or a job.
type Actor struct {
	Kind       Kind
	Account    id.Account   // staff and operators
	Member     id.Member    // members
	Role       Role         // staff, in the scope's shop
	App        id.App       // apps
	Release    id.Release   // apps: which release of it holds the credential
	Scopes     []Scope      // apps: what the owner consented to
	Credential secret.Token // session, API token or job token, which the vault checks for itself
	rights     map[Right]bool
}

// With returns the actor with the rights of its kind, its role and what more is named.
func (a Actor) With(more ...Right) Actor {
	rights := make(map[Right]bool, len(a.rights)+len(more))
	for r := range a.rights {
		rights[r] = true
	}
	for _, list := range [][]Right{a.Kind.Rights(), a.Role.Rights(), more} {
		for _, r := range list {
			rights[r] = true
		}
	}
	a.rights = rights
	return a
}

// May says whether the actor has the right.
func (a Actor) May(r Right) bool { return a.rights[r] }

// ForJob is Noren itself, doing one flow's work.
func ForJob(f Flow, credential secret.Token) Actor {
	return Actor{Kind: Job, Credential: credential}.With(f.Rights()...)
}
