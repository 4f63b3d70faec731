package actor

import "testing"

func TestRolesGrantNoMoreThanTheirTable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		who  Actor
		may  []Right
		must []Right // must not
	}{
		{Actor{Kind: Visitor}.With(), []Right{BrowseShop, FillCart}, []Right{PlaceOrders, ViewOrders, ViewPersons, EditCatalog, OperateShops}},
		{Actor{Kind: Staff, Role: Packer}.With(), []Right{ViewOrders, ShipOrders}, []Right{EditCatalog, EditSettings, EditStaff, OpenShops, ViewAccess}},
		{Actor{Kind: Staff, Role: Manager}.With(), []Right{EditCatalog}, []Right{EditStaff, EditSettings}},
		{Actor{Kind: Staff, Role: Owner}.With(), []Right{EditStaff, ViewAccess}, []Right{OperateShops, CreateShops, PlaceOrders}},
		{Actor{Kind: Operator}.With(), []Right{OperateShops}, []Right{ViewPersons, ViewOrders, EditCatalog}},
		{Actor{Kind: Staff, Role: "unknown"}.With(), nil, []Right{BrowseShop, ViewOrders}},
		{ForJob(OrderMail, Actor{}.Credential), []Right{SendMail}, []Right{EditCatalog}},
	} {
		for _, r := range c.may {
			if !c.who.May(r) {
				t.Errorf("%s %s may not %s", c.who.Kind, c.who.Role, r)
			}
		}
		for _, r := range c.must {
			if c.who.May(r) {
				t.Errorf("%s %s may %s", c.who.Kind, c.who.Role, r)
			}
		}
	}
}

func TestWithLeavesTheLenderAlone(t *testing.T) {
	t.Parallel()
	visitor := Actor{Kind: Visitor}.With()
	if lent := visitor.With(PlaceOrders); !lent.May(PlaceOrders) || visitor.May(PlaceOrders) {
		t.Error("a lent right stays with the visitor, or was not lent")
	}
}
