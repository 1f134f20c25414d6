/*
 * jwtkeys.c - the directory of ES256 signing keys.
 *
 * Each file kid.pem is a private key on P-256; its name is the key id. The newest by its
 * time of change signs, all verify, so that rotation is: put a new file, wait for the life of a
 * token, remove the old one. The directory is looked at, at most once a second, by its time
 * of change, and at once when a token names a kid that is not known.
 *
 * A directory that cannot be read whole at start is an error; later the keys known so far
 * stay in use and the log says so.
 */
#include "jwtkeys.h"

#include <billfold/base/date.h>
#include <billfold/base/log.h>
#include <billfold/base/vec.h>
#include <billfold/json.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KID_MAX = 64, PEM_MAX = 8 * 1024, COORDINATE = 32, SECOND_US = 1000000 };

static bool
kid_ok(struct str kid)
{
	if (kid.len == 0 || kid.len > KID_MAX)
		return false;
	for (size_t i = 0; i < kid.len; i++) {
		char c = kid.p[i];

		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		      c == '_' || c == '-'))
			return false;
	}
	return true;
}

static void
free_bio(void *bio)
{
	BIO_free(bio);
}

static void
free_pkey(void *pkey)
{
	EVP_PKEY_free(pkey);
}

/* The text of a PEM, terminated, in the arena. */
static const char *
bio_text(struct arena *a, BIO *bio)
{
	char *p;
	long n = BIO_get_mem_data(bio, &p);

	return arena_strndup(a, p, (size_t)n);
}

static bool
coordinate(struct arena *a, EVP_PKEY *pkey, const char *name, const char **ret)
{
	unsigned char bin[COORDINATE];
	BIGNUM *bn = NULL;
	bool ok = EVP_PKEY_get_bn_param(pkey, name, &bn) == 1 &&
		  BN_bn2binpad(bn, bin, sizeof(bin)) == COORDINATE;

	BN_free(bn);
	if (ok)
		*ret = base64url_encode(a, (struct str){ (const char *)bin, sizeof(bin) });
	return ok;
}

/* No prompt for a passphrase on the terminal of a server. */
static int
no_passphrase(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

/* Fills in what follows from the private key: public PEM and coordinates. */
static bool
key_derive(struct arena *a, EVP_PKEY *pkey, struct signing_key *key)
{
	char group[32];
	BIO *bio;

	if (EVP_PKEY_get_base_id(pkey) != EVP_PKEY_EC ||
	    EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL) != 1 ||
	    strcmp(group, "prime256v1") != 0 ||
	    !coordinate(a, pkey, OSSL_PKEY_PARAM_EC_PUB_X, &key->x) ||
	    !coordinate(a, pkey, OSSL_PKEY_PARAM_EC_PUB_Y, &key->y))
		return false;
	bio = BIO_new(BIO_s_mem());
	if (!bio)
		return false;
	arena_defer(a, free_bio, bio);
	if (PEM_write_bio_PUBKEY(bio, pkey) != 1)
		return false;
	key->public_pem = bio_text(a, bio);
	return true;
}

static bool
key_parse(struct arena *a, struct str pem, struct signing_key *key)
{
	BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.len);
	EVP_PKEY *pkey = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;

	BIO_free(bio);
	if (!pkey)
		return false;
	arena_defer(a, free_pkey, pkey);
	key->private_pem = str_dup(a, pem);
	return key_derive(a, pkey, key);
}

static int
key_file_read(int dir_fd, const char *name, struct arena *a, struct signing_key *key,
	      struct err *err)
{
	char buf[PEM_MAX];
	struct stat st;
	ssize_t n = -1;
	int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return err_set(err, ERR_internal, "Signing key %s: %s.", name, strerror(errno));
	ok = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 037) == 0;
	if (ok)
		n = read(fd, buf, sizeof(buf));
	close(fd);
	if (!ok)
		return err_set(
		    err, ERR_internal,
		    "Signing key %s: must be a file that others can neither read nor write.", name);
	key->changed_us = (int64_t)st.st_mtim.tv_sec * SECOND_US + st.st_mtim.tv_nsec / 1000;
	ok = n > 0 && n < (ssize_t)sizeof(buf) && key_parse(a, (struct str){ buf, (size_t)n }, key);
	sodium_memzero(buf, sizeof(buf));
	return ok ? 0
		  : err_set(err, ERR_internal, "Signing key %s: not a private key on P-256.", name);
}

/* Newest first; of the same time, by kid. */
static int
key_cmp(const void *va, const void *vb)
{
	const struct signing_key *a = va, *b = vb;

	if (a->changed_us != b->changed_us)
		return a->changed_us > b->changed_us ? -1 : 1;
	return strcmp(a->kid, b->kid);
}

static int
dir_read(DIR *d, struct arena *a, struct ring *ring, struct err *err)
{
	VEC(struct signing_key) keys = { 0 };
	struct dirent *e;

	while ((e = readdir(d)) != NULL) {
		struct str name = str_from(e->d_name), suffix = STR(".pem");
		struct signing_key key = { 0 };

		if (name.len <= suffix.len || name.p[0] == '.' ||
		    !str_eqz(suffix, name.p + name.len - suffix.len))
			continue;
		name.len -= suffix.len;
		if (!kid_ok(name))
			return err_set(err, ERR_internal, "Signing key %s: not a key id.",
				       e->d_name);
		key.kid = str_dup(a, name);
		if (key_file_read(dirfd(d), e->d_name, a, &key, err))
			return -1;
		*vec_push(a, &keys) = key;
	}
	if (keys.n == 0)
		return err_set(err, ERR_internal, "There is no signing key.");
	qsort(keys.v, keys.n, sizeof(*keys.v), key_cmp);
	ring->key = keys.v;
	ring->n = keys.n;
	return 0;
}

static int
ring_load(const char *dir, struct ring *ret, struct err *err)
{
	struct ring ring = { .arena = arena_new(0) };
	struct stat st;
	DIR *d = opendir(dir);
	int rc;

	/* The time is taken before the files: what changes meanwhile is seen at the next look. */
	if (!d || fstat(dirfd(d), &st))
		rc = err_set(err, ERR_internal, "%s: %s.", dir, strerror(errno));
	else
		rc = dir_read(d, ring.arena, &ring, err);
	if (d)
		closedir(d);
	if (rc) {
		arena_free(ring.arena);
		return -1;
	}
	ring.changed = st.st_mtim;
	*ret = ring;
	return 0;
}

int
jwt_keys_load(const char *dir, const char *issuer, struct jwt_keys **ret, struct err *err)
{
	struct keys_state *s;
	struct ring ring;
	struct arena *a;

	if (ring_load(dir, &ring, err))
		return -1;
	a = arena_new(0);
	s = arena_alloc(a, sizeof(*s));
	s->arena = a;
	s->dir = arena_strdup(a, dir);
	s->issuer = arena_strdup(a, issuer);
	s->ring = ring;
	s->seen = ring.changed;
	s->looked_us = instant_now();
	*ret = arena_alloc(a, sizeof(**ret));
	(*ret)->s = s;
	return 0;
}

void
jwt_keys_free(struct jwt_keys *k)
{
	if (!k)
		return;
	jwtcache_clear(&k->s->cache);
	arena_free(k->s->ring.arena);
	arena_free(k->s->arena);
}

static bool
same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

void
jwtkeys_refresh(struct keys_state *s, bool at_once)
{
	int64_t now = instant_now();
	struct err err = { 0 };
	struct ring ring;
	struct stat st;
	bool young;

	if (!at_once && now >= s->looked_us && now - s->looked_us < SECOND_US)
		return;
	s->looked_us = now;
	if (stat(s->dir, &st))
		return;
	/* Two changes within one tick of the file system's clock carry the same time. */
	young = now - ((int64_t)st.st_mtim.tv_sec * SECOND_US + st.st_mtim.tv_nsec / 1000) <
		2 * SECOND_US;
	if (same_time(st.st_mtim, s->seen) && !young)
		return;
	if (ring_load(s->dir, &ring, &err)) {
		if (!same_time(st.st_mtim, s->seen))
			log_event(LOG_WARN, "signing keys not reloaded", "dir", s->dir, "error",
				  err.detail, NULL);
		s->seen = st.st_mtim;
		return;
	}
	arena_free(s->ring.arena);
	s->ring = ring;
	s->seen = ring.changed;
	/* A token of a key that was taken away is no longer good. */
	jwtcache_clear(&s->cache);
}

const struct signing_key *
jwtkeys_find(struct keys_state *s, struct str kid)
{
	for (int look = 0; look < 2; look++) {
		jwtkeys_refresh(s, look > 0);
		for (size_t i = 0; i < s->ring.n; i++)
			if (str_eqz(kid, s->ring.key[i].kid))
				return &s->ring.key[i];
	}
	return NULL;
}

struct str
jwt_jwks(const struct jwt_keys *k, struct arena *a)
{
	struct jw w;

	jwtkeys_refresh(k->s, false);
	jw_init(&w, a, 1 << 20);
	jw_object(&w);
	jw_key(&w, "keys");
	jw_array(&w);
	for (size_t i = 0; i < k->s->ring.n; i++) {
		const struct signing_key *key = &k->s->ring.key[i];

		jw_object(&w);
		jw_kstr(&w, "kty", "EC");
		jw_kstr(&w, "crv", "P-256");
		jw_kstr(&w, "x", key->x);
		jw_kstr(&w, "y", key->y);
		jw_kstr(&w, "kid", key->kid);
		jw_kstr(&w, "use", "sig");
		jw_kstr(&w, "alg", "ES256");
		jw_end_object(&w);
	}
	jw_end_array(&w);
	jw_end_object(&w);
	return sb_str(&w.sb);
}

/* RFC 7638: SHA-256 over the required members in alphabetical order. */
static const char *
thumbprint(struct arena *a, const struct signing_key *key)
{
	unsigned char digest[SHA256_LEN];
	const char *text =
	    arena_printf(a, "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}", key->x,
			 key->y);

	sha256(str_from(text), digest);
	return base64url_encode(a, (struct str){ (const char *)digest, sizeof(digest) });
}

static bool
key_generate(struct arena *a, struct signing_key *key)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	EVP_PKEY *pkey = EVP_EC_gen("P-256");

	if (bio)
		arena_defer(a, free_bio, bio);
	if (pkey)
		arena_defer(a, free_pkey, pkey);
	if (!bio || !pkey ||
	    PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL) != 1 ||
	    !key_derive(a, pkey, key))
		return false;
	key->private_pem = bio_text(a, bio);
	key->kid = thumbprint(a, key);
	return true;
}

/* Complete under a name that no reader takes, then renamed. */
static int
key_write(struct arena *a, const char *dir, const struct signing_key *key, struct err *err)
{
	const char *tmp = arena_printf(a, "%s/.%s.new", dir, key->kid);
	const char *path = arena_printf(a, "%s/%s.pem", dir, key->kid);
	size_t len = strlen(key->private_pem);
	int fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool ok;

	if (fd < 0)
		return err_set(err, ERR_internal, "%s: %s.", tmp, strerror(errno));
	ok = write(fd, key->private_pem, len) == (ssize_t)len && fsync(fd) == 0;
	ok = close(fd) == 0 && ok;
	if (!ok || rename(tmp, path)) {
		err_set(err, ERR_internal, "%s: %s.", path, strerror(errno));
		unlink(tmp);
		return -1;
	}
	return 0;
}

int
jwt_key_create(const char *dir, struct arena *a, const char **ret_kid, struct err *err)
{
	struct signing_key key = { 0 };

	do {
		if (!key_generate(a, &key))
			return err_set(err, ERR_internal, "A key pair cannot be made.");
	} while (key.kid[0] == '-'); /* a file name that every command would take for an option */
	if (key_write(a, dir, &key, err))
		return -1;
	*ret_kid = key.kid;
	return 0;
}
