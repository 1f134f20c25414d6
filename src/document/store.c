/*
 * store.c - files under the SHA-256 of their content, below a directory.
 *
 * A file appears complete or not at all: written beside its place, synced, renamed, its directories
 * synced. It is never changed: who has the hash has the bytes, and a look that finds other bytes
 * says so instead of handing them out. Two who put the same bytes at once do the same thing twice.
 */
#include <billfold/document.h>

#include <billfold/base/uuid.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

static int
failed(struct err *err, const char *what, const char *path)
{
	int e = errno;

	err_set(err, ERR_unavailable, "the document store is away");
	err_cause(err, "file store: %s %s: %s", what, path, strerror(e));
	return -1;
}

static bool
is_sha256(const char *s)
{
	return strlen(s) == 64 && strspn(s, "0123456789abcdef") == 64;
}

int
file_store_key(const char *tenant, const char *sha256, char ret[FILE_KEY], struct err *err)
{
	struct uuid id;

	/* both become path segments */
	if (!uuid_parse(str_from(tenant), &id) || !is_sha256(sha256))
		return err_set(err, ERR_not_found, "no such file");
	snprintf(ret, FILE_KEY, "%s/%.2s/%.2s/%s", id.z, sha256, sha256 + 2, sha256);
	return 0;
}

/* depth 0: the tenant's directory, 1 and 2: those below it, 3: the file. */
static int
path_of(const struct file_store *s, const char *tenant, const char *sha256, int depth, char *ret,
	size_t size, struct err *err)
{
	char key[FILE_KEY];
	int n;

	if (file_store_key(tenant, sha256, key, err) < 0)
		return -1;
	n = snprintf(ret, size, "%s/%.*s", s->root, depth < 3 ? UUID_LEN + 3 * depth : FILE_KEY,
		     key);
	if (n < 0 || (size_t)n >= size)
		return err_set(err, ERR_internal, "the path is too long");
	return 0;
}

static int
sync_dir(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc;

	if (fd < 0)
		return failed(err, "open", path);
	rc = fsync(fd);
	close(fd);
	return rc < 0 ? failed(err, "sync", path) : 0;
}

/* Made and synced into its parent; one that is there may be another's, who has not synced it yet.
 */
static int
make_dir(const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	char parent[PATH_MAX];

	if (mkdir(path, 0750) < 0 && errno != EEXIST)
		return failed(err, "make", path);
	snprintf(parent, sizeof(parent), "%.*s", slash ? (int)(slash - path) : 1,
		 slash ? path : ".");
	return sync_dir(parent[0] ? parent : "/", err);
}

/* The root, and the directories from the tenant's down. */
static int
make_dirs(const struct file_store *s, const char *tenant, const char *sha256, struct err *err)
{
	char path[PATH_MAX];

	if (make_dir(s->root, err) < 0)
		return -1;
	for (int depth = 0; depth < 3; depth++)
		if (path_of(s, tenant, sha256, depth, path, sizeof(path), err) < 0 ||
		    make_dir(path, err) < 0)
			return -1;
	return 0;
}

static int
write_all(int fd, struct str bytes)
{
	while (bytes.len) {
		ssize_t n = write(fd, bytes.p, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		bytes.p += n;
		bytes.len -= (size_t)n;
	}
	return fsync(fd);
}

static int
write_beside(const char *dir, const char *path, struct str bytes, struct err *err)
{
	char tmp[PATH_MAX + UUID_LEN + 8];
	int fd;

	snprintf(tmp, sizeof(tmp), "%s/.put-%s", dir, uuid_new().z);
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return failed(err, "make", tmp);
	if (write_all(fd, bytes) < 0 || fchmod(fd, 0440) < 0 || rename(tmp, path) < 0) {
		failed(err, "write", path);
		close(fd);
		unlink(tmp);
		return -1;
	}
	close(fd);
	return sync_dir(dir, err);
}

static int
local_put(const struct file_store *s, const char *tenant, struct str bytes,
	  char ret_sha256[SHA256_HEX], struct err *err)
{
	char path[PATH_MAX], dir[PATH_MAX];
	struct stat st;

	sha256_hex(bytes, ret_sha256);
	if (path_of(s, tenant, ret_sha256, 3, path, sizeof(path), err) < 0 ||
	    path_of(s, tenant, ret_sha256, 2, dir, sizeof(dir), err) < 0)
		return -1;
	if (make_dirs(s, tenant, ret_sha256, err) < 0)
		return -1;
	if (stat(path, &st) == 0 && (size_t)st.st_size == bytes.len)
		return sync_dir(dir, err); /* whoever renamed it may not have got so far */
	return write_beside(dir, path, bytes, err);
}

static int
read_all(int fd, struct arena *a, size_t len, struct str *ret)
{
	char *buf = arena_alloc(a, len + 1);
	size_t have = 0;

	while (have < len) {
		ssize_t n = read(fd, buf + have, len - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = EIO; /* it has become shorter */
		if (n <= 0)
			return -1;
		have += (size_t)n;
	}
	*ret = (struct str){ buf, len };
	return 0;
}

int
file_store_expect(struct str bytes, const char *sha256, const char *place, struct err *err)
{
	char found[SHA256_HEX];

	sha256_hex(bytes, found);
	if (strcmp(found, sha256) == 0)
		return 0;
	err_set(err, ERR_internal, "a stored file is damaged");
	err_cause(err, "file store: %s holds %s", place, found);
	return -1;
}

static int
local_get(const struct file_store *s, struct arena *a, const char *tenant, const char *sha256,
	  size_t max, struct str *ret, struct err *err)
{
	char path[PATH_MAX];
	struct stat st;
	int fd, rc;

	if (path_of(s, tenant, sha256, 3, path, sizeof(path), err) < 0)
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? err_set(err, ERR_not_found, "no such file")
				       : failed(err, "open", path);
	rc = fstat(fd, &st);
	if (rc == 0 && !S_ISREG(st.st_mode)) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
		rc = -1;
	}
	if (rc < 0) {
		failed(err, "look at", path);
		close(fd);
		return -1;
	}
	if ((size_t)st.st_size > max) {
		close(fd);
		return err_set(err, ERR_payload_too_large, "the file is too large");
	}
	rc = read_all(fd, a, (size_t)st.st_size, ret);
	if (rc < 0)
		failed(err, "read", path);
	close(fd);
	if (rc < 0)
		return -1;
	if (file_store_expect(*ret, sha256, path, err) < 0) {
		*ret = (struct str){ 0 };
		return -1;
	}
	return 0;
}

/* Looks, and leaves nothing: who asks may be another user than who will write. */
static int
local_check(const struct file_store *s, struct arena *a, struct err *err)
{
	char *slash, *dir = arena_strdup(a, s->root);

	/* before the first document its parent is what counts */
	if (access(dir, F_OK) < 0 && errno == ENOENT && (slash = strrchr(dir, '/')) != NULL &&
	    slash > dir)
		*slash = '\0';
	return access(dir, R_OK | W_OK | X_OK) < 0 ? failed(err, "use", dir) : 0;
}

struct file_store
file_store_local(const char *root)
{
	return (struct file_store){
		.put = local_put, .get = local_get, .check = local_check, .root = root
	};
}
