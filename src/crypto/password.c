/*
 * password.c - passwords: hashed by argon2id, refused when everyone knows them.
 *
 * Hashes are PHC strings, m = 19456 KiB, t = 2, p = 1 (OWASP's second choice of equal
 * strength); verification reads the parameters from the string, so that they can be
 * raised later. A password is taken as the bytes it came in. What is refused follows NIST SP
 * 800-63B: too short, or among those that attackers try first; no rules about kinds
 * of characters.
 */
#include <billfold/crypto.h>

#include <sodium.h>

enum {
	OPS = 2,
	MEMORY = 19456 * 1024,
	LENGTH_MIN = 8, /* code points */
	LENGTH_MAX = 256,
	BYTES_MAX = LENGTH_MAX * 4,
	SUFFIX_MAX = 6,
	UNIT_MAX = 4,
};

static const char *const known[] = {
#include "known_passwords.def"
};

/* Words that stay known with up to SUFFIX_MAX digits and signs behind them. */
static const char *const stems[] = {
	"access",   "account",    "admin",    "angel",    "asdfgh",  "autumn",     "azerty",
	"baseball", "batman",     "billfold", "changeme", "charlie", "computer",   "default",
	"dragon",   "facebook",   "flower",   "football", "freedom", "geheim",     "google",
	"guest",    "hello",      "hunter",   "iloveyou", "invoice", "jesus",      "jordan",
	"killer",   "letmein",    "login",    "master",   "michael", "monday",     "monkey",
	"monster",  "motdepasse", "mustang",  "office",   "parola",  "passwd",     "password",
	"passwort", "pokemon",    "princess", "qazwsx",   "qwerty",  "qwertyuiop", "qwertz",
	"samsung",  "secret",     "security", "shadow",   "soccer",  "spring",     "starwars",
	"summer",   "sunshine",   "superman", "support",  "sommer",  "test",       "testing",
	"trustno",  "user",       "welcome",  "whatever", "winter",  "zxcvbn",     "zxcvbnm",
};

int
password_hash(struct arena *a, struct str password, const char **ret, struct err *err)
{
	char *text = arena_alloc(a, crypto_pwhash_STRBYTES);

	if (password.len > BYTES_MAX)
		return err_set(err, ERR_validation_failed, "The password is too long.");
	if (crypto_pwhash_str_alg(text, password.p ? password.p : "", password.len, OPS, MEMORY,
				  crypto_pwhash_ALG_ARGON2ID13))
		return err_set(err, ERR_unavailable, "There is no memory to hash a password.");
	*ret = text;
	return 0;
}

bool
password_verify(const char *hash, struct str password)
{
	/* libsodium declares that it reads so many bytes, whatever the hash's length. */
	char text[crypto_pwhash_STRBYTES] = { 0 };
	size_t len = hash ? strlen(hash) : 0;

	if (len == 0 || len >= sizeof(text) || password.len > BYTES_MAX)
		return false;
	memcpy(text, hash, len);
	return crypto_pwhash_str_verify(text, password.p ? password.p : "", password.len) == 0;
}

void
password_decoy(struct str password)
{
	/* Of 24 random bytes that nobody kept, with the parameters above. */
	static const char hash[] = "$argon2id$v=19$m=19456,t=2,p=1$4a+L6Z3TPBMukZkFmEYDgg$"
				   "q8daQfgnJUkxnw2vjGeAtR4JUfSRwRU9oXewXzSYXig";

	(void)password_verify(hash, password);
}

static int
cmp_word(const void *key, const void *word)
{
	return strcmp(key, *(const char *const *)word);
}

static bool
is_known(const char *word)
{
	return bsearch(word, known, sizeof(known) / sizeof(known[0]), sizeof(known[0]), cmp_word);
}

static bool
is_stem(struct str word)
{
	for (size_t i = 0; i < sizeof(stems) / sizeof(stems[0]); i++)
		if (str_eqz(word, stems[i]))
			return true;
	return false;
}

/* One character again and again, a short unit again and again, or a run up or down. */
static bool
is_pattern(struct str s)
{
	size_t up = 1, down = 1;

	for (size_t unit = 1; unit <= UNIT_MAX; unit++) {
		size_t i = unit;

		while (i < s.len && s.p[i] == s.p[i - unit])
			i++;
		if (i == s.len)
			return true;
	}
	for (size_t i = 1; i < s.len; i++) {
		up += s.p[i] == s.p[i - 1] + 1;
		down += s.p[i] == s.p[i - 1] - 1;
	}
	return up == s.len || down == s.len;
}

/* The letters that people write otherwise. */
static char
unfolded(char c)
{
	static const char signs[] = "@4013$5!7", letters[] = "aaoiessit";
	const char *at = c ? strchr(signs, c) : NULL;

	return at ? letters[at - signs] : c;
}

static bool
is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool
is_stem_and_suffix(struct str lower, struct arena *a)
{
	struct str word = lower;
	char *plain = str_dup(a, lower);

	for (size_t i = 0; i < lower.len; i++)
		plain[i] = unfolded(plain[i]);
	for (size_t cut = 0; cut <= SUFFIX_MAX && word.len; cut++) {
		if (is_stem((struct str){ plain, word.len }))
			return true;
		if (is_letter(word.p[word.len - 1]))
			return false;
		word.len--;
	}
	return false;
}

static size_t
code_points(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

int
password_check(struct str password, struct arena *a, struct err *err)
{
	static const char pointer[] = "/password";
	struct str lower;
	char *p;

	if (!str_is_utf8(password))
		return err_field(err, a, pointer, "type", "The password is not UTF-8 text.");
	if (code_points(password) < LENGTH_MIN)
		return err_field(err, a, pointer, "too_short",
				 "The password must have at least %d characters.", LENGTH_MIN);
	if (code_points(password) > LENGTH_MAX)
		return err_field(err, a, pointer, "too_long",
				 "The password must have at most %d characters.", LENGTH_MAX);
	p = str_dup(a, password);
	for (size_t i = 0; i < password.len; i++)
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] = (char)(p[i] - 'A' + 'a');
	lower = (struct str){ p, password.len };
	if (is_known(p) || is_pattern(lower) || is_stem_and_suffix(lower, a))
		return err_field(err, a, pointer, "password_known",
				 "The password is among those that are tried first.");
	return 0;
}
