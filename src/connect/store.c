/*
 * store.c - which store of files the operator has chosen: a directory, or a bucket.
 */
#include "store_s3.h"

int
store_open(struct arena *a, const struct store_settings *s, struct net *net, int patience_ms,
	   struct file_store *ret, struct err *err)
{
	if (!s->url[0]) {
		*ret = file_store_local(arena_printf(a, "%s/documents", s->state_dir));
		return 0;
	}
	if (str_starts(str_from(s->url), STR("s3+")))
		return store_s3_open(a, s, net, patience_ms, ret, err);
	return err_set(err, ERR_validation_failed,
		       "store_url: s3+https://HOST/BUCKET, or empty for a directory.");
}
