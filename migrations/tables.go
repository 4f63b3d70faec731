package migrations

// shopTables are the tables whose every row belongs to one shop: they are distributed by shop_id and guarded by row-level
// security. What is not here is global: few rows, read often, written rarely.
func shopTables() []string {
	return []string{
		"outbox", "outbox_head", "follower", "job", "shop_key", "record_key", "presence", "blind_index", "shop", "legal", "account", "invitation",
		"product", "product_option", "option_value", "variant", "product_image", "category", "product_category", "product_pick",
		"catalog_version", "stock", "stock_movement", "stock_hold", "stock_version",
		"cart", "cart_line", "handover", "shipping_method", "shipping_fee", "payment_method", "payment_bracket",
		"purchase", "purchase_line", "purchase_event", "purchase_evidence", "purchase_mail", "shipment", "payment", "payment_event", "member",
		"bank_import", "deposit", "deposit_order", "deposit_event",
		"security_event", "finding", "finding_note", "safety_switch", "safety_switch_change",
		"billing_plan", "billing_issuer", "billing_recipient", "billing_account", "billing_choice", "billing_entry", "billing_document",
		"billing_charge", "billing_setup",
		"provider_account", "charge", "refund", "money_entry", "notice_seen", "saved_card", "pay_link", "settlement_row", "settlement_run",
		"page_check", "page_watcher",
		"app", "app_release", "installation",
		"point_account", "point_entry",
		"product_group", "group_product",
		"hook_secret", "hook_subscription", "hook_delivery", "hook_attempt", "feed_event", "feed_head",
	}
}
