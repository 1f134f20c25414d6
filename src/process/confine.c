/*
 * confine.c - a seccomp filter of a few calls that no worker has a use for.
 *
 * A unit's SystemCallFilter holds for the supervisor too, which must execute its children; a worker
 * goes further by itself. Whoever takes one over finds no program to start and no process
 * to look into. The calls fail with EPERM, so that a library which merely tries goes on. Not in
 * builds with sanitizers, whose leak check looks into its own process from outside.
 */
#include "confine.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#define DENY(name)                                                                                 \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 1),                                    \
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)

int
confine_worker(struct err *err)
{
#if defined(ARCHITECTURE) && !defined(BILLFOLD_SANITIZED)
	static struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		/* x32: the same calls by other numbers; AArch64 has none so high. */
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		DENY(execve),
		DENY(execveat),
		DENY(ptrace),
		DENY(process_vm_readv),
		DENY(process_vm_writev),
		DENY(bpf),
		DENY(perf_event_open),
		DENY(userfaultfd),
		DENY(init_module),
		DENY(finit_module),
		DENY(kexec_load),
		DENY(mount),
		DENY(pivot_root),
		DENY(unshare),
		DENY(setns),
		DENY(add_key),
		DENY(keyctl),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(filter) / sizeof(*filter), filter };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return err_set(err, ERR_internal, "The worker cannot be confined: %m");
#else
	(void)err;
#endif
	return 0;
}
