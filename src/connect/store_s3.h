/* store_s3.h - inside the room: files in a bucket. */
#ifndef CONNECT_STORE_S3_H
#define CONNECT_STORE_S3_H

#include <billfold/connect.h>

/* s->url begins with "s3+". As store_open(). */
int store_s3_open(struct arena *a, const struct store_settings *s, struct net *net, int patience_ms,
		  struct file_store *ret, struct err *err);

#endif
