/*
 * enter.c - the caller in front of a flush.
 *
 * api.enter is the only way by which a transaction gets a tenant: the settings that it makes are
 * the transaction's own and end with it, so that nothing is left on a connection that the next
 * request uses.
 */
#include <billfold/auth.h>

static int
add(struct flush *f, const struct caller *who)
{
	char epoch[24];
	const char *params[6];

	snprintf(epoch, sizeof(epoch), "%lld", (long long)who->epoch);
	params[0] = who->tenant.z;
	params[1] = who->actor;
	params[2] = who->actor_id;
	params[3] = who->request_id;
	params[4] = epoch;
	params[5] = who->address[0] ? who->address : NULL;
	return flush_add(f,
			 "SELECT business_now, tenant_zone, sandbox "
			 "FROM api.enter($1::uuid, $2, $3, $4, $5::bigint, $6)",
			 6, params);
}

int
enter_add(struct flush *f, const struct caller *who)
{
	flush_begin(f);
	return add(f, who);
}

int
enter_add_read(struct flush *f, const struct caller *who)
{
	flush_begin_read(f);
	return add(f, who);
}

void
caller_worker(struct caller *ret, const char *tenant, const char *program, const char *request_id)
{
	*ret = (struct caller){ .kind = ACTOR_WORKER, .epoch = -1 };
	if (tenant)
		uuid_parse(str_from(tenant), &ret->tenant);
	snprintf(ret->actor, sizeof(ret->actor), "worker:%s", program);
	snprintf(ret->actor_id, sizeof(ret->actor_id), "%s", program);
	snprintf(ret->request_id, sizeof(ret->request_id), "%s", request_id ? request_id : "");
}
