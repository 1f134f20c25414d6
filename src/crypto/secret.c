/*
 * secret.c - the installation's secret, and what is keyed by it.
 *
 * The file holds one secret a line: 32 bytes in base64. The first is the current one; those
 * below it only open what was sealed before a rotation. Each use has a subkey of its own
 * (BLAKE2b keyed by the secret over the purpose's name), so that a MAC for one purpose is
 * worth nothing for another.
 *
 * Sealed columns are XChaCha20-Poly1305 with a random nonce; the additional data names
 * tenant, table, column and row, so that a sealed value moved elsewhere does not open. kid is
 * 8 hex digits that say which secret sealed it; it is derived, and reveals nothing.
 */
#include <billfold/crypto.h>

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	SECRET_BYTES = 32,
	SECRETS_MAX = 8,
	KID_BYTES = 4,
	KID_TEXT = 2 * KID_BYTES + 1,
	FILE_MAX = 1024,
	SEALED_MAX = 1 << 20,
	NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
};

struct secret {
	size_t n;
	unsigned char key[SECRETS_MAX][SECRET_BYTES];
	char kid[SECRETS_MAX][KID_TEXT];
};

static void
subkey(const unsigned char key[SECRET_BYTES], const char *purpose, unsigned char *ret, size_t len)
{
	crypto_generichash(ret, len, (const unsigned char *)purpose, strlen(purpose), key,
			   SECRET_BYTES);
}

static bool
line_take(struct secret *s, struct str line)
{
	unsigned char kid[crypto_generichash_BYTES_MIN];
	size_t len;

	if (s->n == SECRETS_MAX ||
	    sodium_base642bin(s->key[s->n], SECRET_BYTES, line.p, line.len, NULL, &len, NULL,
			      sodium_base64_VARIANT_ORIGINAL) != 0 ||
	    len != SECRET_BYTES)
		return false;
	subkey(s->key[s->n], "kid", kid, sizeof(kid));
	sodium_bin2hex(s->kid[s->n], KID_TEXT, kid, KID_BYTES);
	s->n++;
	return true;
}

static int
file_read(const char *file, char buf[FILE_MAX], size_t *ret_len, struct err *err)
{
	struct stat st;
	ssize_t n;
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_set(err, ERR_internal, "%s: %s.", file, strerror(errno));
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || (st.st_mode & 037)) {
		close(fd);
		return err_set(err, ERR_internal,
			       "%s: must be a file that others can neither read nor write.", file);
	}
	n = read(fd, buf, FILE_MAX);
	close(fd);
	if (n <= 0 || n == FILE_MAX)
		return err_set(err, ERR_internal, "%s: not a file of secrets.", file);
	*ret_len = (size_t)n;
	return 0;
}

int
secret_load(const char *file, const struct secret **ret, struct err *err)
{
	char buf[FILE_MAX];
	struct secret *s;
	struct str rest;
	size_t len = 0;
	bool ok = true;

	if (file_read(file, buf, &len, err))
		return -1;
	/* Guarded pages, kept out of swap and core dumps; for the life of the process. */
	s = sodium_malloc(sizeof(*s));
	if (!s)
		abort();
	sodium_memzero(s, sizeof(*s));
	for (rest = (struct str){ buf, len }; ok && rest.len;) {
		struct str line = str_trim(str_cut(rest, '\n', &rest));

		if (line.len)
			ok = line_take(s, line);
	}
	sodium_memzero(buf, sizeof(buf));
	if (!ok || s->n == 0) {
		sodium_free(s);
		return err_set(err, ERR_internal, "%s: each line must be 32 bytes in base64.",
			       file);
	}
	sodium_mprotect_readonly(s);
	*ret = s;
	return 0;
}

void
secret_free(const struct secret *s)
{
	sodium_free((void *)(uintptr_t)s);
}

int
secret_create(const char *file, struct err *err)
{
	unsigned char bin[SECRET_BYTES];
	char text[sodium_base64_ENCODED_LEN(SECRET_BYTES, sodium_base64_VARIANT_ORIGINAL) + 1];
	size_t len;
	bool ok;
	int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_set(err, errno == EEXIST ? ERR_conflict : ERR_internal, "%s: %s.", file,
			       strerror(errno));
	randombytes_buf(bin, sizeof(bin));
	sodium_bin2base64(text, sizeof(text), bin, sizeof(bin), sodium_base64_VARIANT_ORIGINAL);
	len = strlen(text);
	text[len++] = '\n';
	ok = write(fd, text, len) == (ssize_t)len && fsync(fd) == 0;
	ok = close(fd) == 0 && ok;
	sodium_memzero(bin, sizeof(bin));
	sodium_memzero(text, sizeof(text));
	if (!ok) {
		err_set(err, ERR_internal, "%s: %s.", file, strerror(errno));
		unlink(file);
		return -1;
	}
	return 0;
}

void
secret_mac(const struct secret *s, const char *purpose, struct str msg, unsigned char ret[MAC_LEN])
{
	unsigned char key[crypto_auth_hmacsha256_KEYBYTES];

	subkey(s->key[0], purpose, key, sizeof(key));
	crypto_auth_hmacsha256(ret, (const unsigned char *)msg.p, msg.len, key);
	sodium_memzero(key, sizeof(key));
}

int
seal(struct arena *a, const struct secret *s, const char *aad, struct str plain, const char **ret,
     struct err *err)
{
	unsigned char key[crypto_aead_xchacha20poly1305_ietf_KEYBYTES], nonce[NONCE], *box;

	if (plain.len > SEALED_MAX)
		return err_set(err, ERR_internal, "Too long to be sealed.");
	box = arena_alloc(a, plain.len + TAG);
	subkey(s->key[0], "seal", key, sizeof(key));
	randombytes_buf(nonce, sizeof(nonce));
	crypto_aead_xchacha20poly1305_ietf_encrypt(box, NULL, (const unsigned char *)plain.p,
						   plain.len, (const unsigned char *)aad,
						   strlen(aad), NULL, nonce, key);
	sodium_memzero(key, sizeof(key));
	*ret =
	    arena_printf(a, "v1.%s.%s.%s", s->kid[0],
			 base64url_encode(a, (struct str){ (const char *)nonce, NONCE }),
			 base64url_encode(a, (struct str){ (const char *)box, plain.len + TAG }));
	return 0;
}

static const unsigned char *
key_by_kid(const struct secret *s, struct str kid)
{
	for (size_t i = 0; i < s->n; i++)
		if (str_eqz(kid, s->kid[i]))
			return s->key[i];
	return NULL;
}

int
unseal(struct arena *a, const struct secret *s, const char *aad, const char *sealed,
       struct str *ret, struct err *err)
{
	unsigned char key[crypto_aead_xchacha20poly1305_ietf_KEYBYTES], *plain;
	struct str rest = str_from(sealed), version, kid, nonce, box;
	const unsigned char *from;
	int rc;

	version = str_cut(rest, '.', &rest);
	kid = str_cut(rest, '.', &rest);
	nonce = str_cut(rest, '.', &rest);
	from = key_by_kid(s, kid);
	if (!str_eqz(version, "v1") || !from || !base64url_decode(a, nonce, &nonce) ||
	    nonce.len != NONCE || !base64url_decode(a, rest, &box) || box.len < TAG)
		return err_set(err, ERR_internal, "A sealed value cannot be opened.");
	plain = arena_alloc(a, box.len - TAG + 1);
	subkey(from, "seal", key, sizeof(key));
	rc = crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL,
							(const unsigned char *)box.p, box.len,
							(const unsigned char *)aad, strlen(aad),
							(const unsigned char *)nonce.p, key);
	sodium_memzero(key, sizeof(key));
	if (rc)
		return err_set(err, ERR_internal, "A sealed value cannot be opened.");
	*ret = (struct str){ (const char *)plain, box.len - TAG };
	return 0;
}
