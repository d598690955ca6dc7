"""The fastest supported configuration: bulk, no look-up of instances, no diff, no log a row."""

from __future__ import annotations

from import_export import fields, resources

from .models import Contact


class ContactResource(resources.ModelResource):
    phone = fields.Field(attribute="phone", column_name="手机号")
    name = fields.Field(attribute="name", column_name="姓名")
    code = fields.Field(attribute="code", column_name="订单号")
    amount = fields.Field(attribute="amount", column_name="金额")

    class Meta:
        model = Contact
        fields = ("phone", "name", "code", "amount")
        import_id_fields = ()
        force_init_instance = True
        use_bulk = True
        batch_size = 5000
        skip_diff = True
        skip_html_diff = True
        skip_unchanged = False
        use_transactions = True
