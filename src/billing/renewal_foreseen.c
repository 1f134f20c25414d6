/*
 * renewal_foreseen.c - the renewal that a preview shows: of what a subscription will be, once it is
 * made, begun or changed as was asked.
 *
 * It is decided as the renewal itself is (renewal_decide), by the version that renews it as things
 * stand. One that is made or begins has been told nothing yet: it renews by what reaches who renews
 * at the end of its first term (billing.renewal_terms).
 */
#include "renewal.h"

/* clang-format off */
const struct field renewal_foreseen_fields[] = {
	{ .name = "renews_on", .type = FT_DATE, .flags = FF_REQUIRED, .doc = "The first day of the next term." },
	{ .name = "notice_by", .type = FT_DATE, .flags = FF_REQUIRED, .doc = "Until this day may be said that it does not go on, and may a newer version of its plan be told that renews it." },
	{ .name = "plan_version_id", .type = FT_UUID, .flags = FF_REQUIRED | FF_NULLABLE,
	  .doc = "The version of its plan that it renews by; null: it has no plan, or one that begins before that, whose versions are not foreseen." },
	{ .name = "new_version", .type = FT_BOOL, .flags = FF_REQUIRED, .doc = "Whether that is another one than it has: `schedule` shows its step." },
	{ 0 }
};
/* clang-format on */

/* Of its plan, all that it charges at the end of its term is of the version that its row names, and
 * nothing of one that begins by then. */
static bool
keeps_plan(struct arena *a, const struct sub_loaded *then, struct json_object *const *of)
{
	const char *version = member_text(a, then->row, "plan_version_id");

	for (size_t i = 0; version && i < then->core.n_items; i++) {
		if (jval_get(of[i], "plan_charge") &&
		    period_holds((struct period){ then->all[i].from, then->all[i].to },
				 then->term_end.day - 1) &&
		    !str_eqz(jval_str_of(of[i], "plan_version_id"), version))
			return false;
	}
	return version != NULL;
}

static bool
goes_on(const struct sub_loaded *then)
{
	return then->auto_renew && then->term_end.set && then->term_end.day < then->core.end;
}

civil_day
renewal_notice_by(civil_day term_end, int64_t notice_days)
{
	return term_end - (civil_day)(notice_days > 0 ? notice_days : 1);
}

int
renewal_add_terms(struct flush *f, struct arena *a, const struct sub_loaded *then,
		  struct json_object *const *of, const char *currency)
{
	bool asks = goes_on(then) && keeps_plan(a, then, of);

	return flush_addv(f, "SELECT terms::text FROM billing.renewal_terms($1, $2, $3)",
			  asks ? member_text(a, then->row, "plan_version_id") : NULL,
			  asks ? day_text(a, then->term_end.day) : NULL, currency, FLUSH_END);
}

int
renewal_take_terms(struct arena *a, const struct flush *f, int stmt, struct sub_loaded *then,
		   struct err *err)
{
	then->renewal = NULL;
	return flush_rows(f, stmt) ? sub_column(a, f, stmt, 0, &then->renewal, err) : 0;
}

int
renewal_foresee(struct arena *a, struct sub_loaded *then, int64_t notice_days,
		struct json_object ***of, struct foreseen *ret, struct err *err)
{
	civil_day end = then->core.end;
	struct renewal r;

	*ret = (struct foreseen){ .comes = goes_on(then) };
	if (!ret->comes)
		return 0;
	ret->on = then->term_end.day;
	ret->notice_by = renewal_notice_by(ret->on, notice_days);
	if (!keeps_plan(a, then, *of))
		return 0;
	ret->new_version = then->renewal;
	ret->plan_version_id =
	    member_text(a, then->renewal ? then->renewal : then->row, "plan_version_id");
	if (!then->renewal)
		return 0;
	then->items = jval_own(a, json_object_new_array());
	for (size_t i = 0; i < then->core.n_items; i++)
		json_object_array_add(then->items, json_object_get((*of)[i]));
	if (renewal_decide(a, then, &r, err) < 0)
		return -1;
	r.is.end = end;
	then->core = r.is;
	*of = r.of;
	return 0;
}

void
renewal_show_foreseen(struct jw *w, struct arena *a, const struct foreseen *x)
{
	jw_key(w, "renewal");
	if (!x->comes) {
		jw_null(w);
		return;
	}
	jw_object(w);
	jw_kstr(w, "renews_on", day_text(a, x->on));
	jw_kstr(w, "notice_by", day_text(a, x->notice_by));
	jw_kstr(w, "plan_version_id", x->plan_version_id);
	jw_kbool(w, "new_version", x->new_version);
	jw_end_object(w);
}
