/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * User API of /dev/spotos. Every structure has a fixed size, natural alignment and no hidden padding, and is
 * the same for 32-bit callers. kmod/abi.go mirrors it; kmod/abi_test.go compares the two.
 *
 * Opening needs CAP_SYS_ADMIN, and so does every call but DISARM. One open file carries at most one operation
 * (an arming) at a time. read() returns whole struct spotos_event records; poll() reports when there are any.
 * Closing the file disarms; what is applied stays applied.
 */
#ifndef SPOTOS_UAPI_H
#define SPOTOS_UAPI_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define SPOTOS_ABI 7

#define SPOTOS_PATCH_NAME 56
#define SPOTOS_FUNC_NAME 128
#define SPOTOS_REASON 256
#define SPOTOS_COMM 16
#define SPOTOS_STACK_DEPTH 24
#define SPOTOS_MAX_FUNCS 256
#define SPOTOS_MAX_HOLDERS 256

/* The state of a patch. Only the module changes it. */
enum spotos_state {
	SPOTOS_LOADED = 0,       /* known, original functions run */
	SPOTOS_ARMED_APPLY = 1,  /* as LOADED, and a switch is asked for */
	SPOTOS_APPLIED = 2,      /* replacements run */
	SPOTOS_ARMED_REVERT = 3, /* as APPLIED, and a switch back is asked for */
};

enum spotos_direction {
	SPOTOS_APPLY = 0,
	SPOTOS_REVERT = 1,
};

enum spotos_strategy {
	SPOTOS_STRATEGY_SAFEPOINT = 0, /* attempts when the trigger reports that all counts are zero */
	SPOTOS_STRATEGY_RETRY = 1,     /* as Ksplice: blind attempts, a fixed time apart */
};

/* struct spotos_info.flags */
#define SPOTOS_INFO_TEST_BUILD (1u << 0) /* has the test-only module parameters */

struct spotos_info {
	__u32 abi;
	__u32 flags;
	__u32 npatches;
	__u32 narmed;
};

/* In: index (0..npatches-1), or SPOTOS_BY_NAME and name. -ENOENT: there is no such patch. */
#define SPOTOS_BY_NAME 0xffffffffu

/*
 * struct spotos_patch_status.flags. STUCK: it is armed, and past the deadline: no attempt is made. NOT_RUNNING:
 * it is applied, and it is not proved that calls of its functions reach the replacements; reason says what is
 * in the way. It cannot be reverted then. STAYS_ON: its module stays loaded until the machine is booted again.
 */
#define SPOTOS_PATCH_STUCK (1u << 0)
#define SPOTOS_PATCH_NOT_RUNNING (1u << 1)
#define SPOTOS_PATCH_STAYS_ON (1u << 2)

struct spotos_patch_status {
	__u32 index;
	__u32 state; /* enum spotos_state */
	__u32 nfuncs;
	__u32 flags;
	__u64 applied_ns; /* CLOCK_MONOTONIC of the switch, 0 while not applied */
	char name[SPOTOS_PATCH_NAME];
	char reason[SPOTOS_REASON];
};

struct spotos_func_status {
	char patch[SPOTOS_PATCH_NAME]; /* in */
	__u32 index;                   /* in: 0..nfuncs-1 */
	__u32 replacement_size;        /* 0: not known */
	__u64 address;                 /* 0 unless the patch is armed or applied */
	__u64 size;
	__u64 replacement;
	char name[SPOTOS_FUNC_NAME];
	char object[SPOTOS_PATCH_NAME];
};

/* struct spotos_judge.flags: the patch replaces the copies too that the compiler made of the function. */
#define SPOTOS_JUDGE_COPIES (1u << 0)

/*
 * Dry run: what arming a patch of this function would say, and nothing else. Errno and reason on failure are as
 * for arming; -ESTALE: it is not at the address that was expected. Whether a livepatch owns it only arming finds
 * out.
 */
struct spotos_judge {
	char name[SPOTOS_FUNC_NAME];    /* in: as in struct spotos_func, "name" or "name,position" */
	char object[SPOTOS_PATCH_NAME]; /* in */
	char patch[SPOTOS_PATCH_NAME];  /* in: the patch whose own function it may be already, or "" */
	__u32 flags;                    /* in */
	__u32 position;                 /* out: among those of its name in its object, from 1 */
	__u64 address;                  /* in: where it is expected, 0: anywhere; out: where it is, or 0 */
	__u64 size;                     /* out */
	char reason[SPOTOS_REASON];     /* out */
};

/*
 * Arm. On failure reason names what stands in the way, and errno is of which kind it is:
 *  -ENOENT     no such patch, or a function that this kernel does not have
 *  -EBUSY      another operation is under way, or a function is owned by another patch or by livepatch
 *  -EALREADY   the patch is in that state already
 *  -EOPNOTSUPP a function that cannot be switched here
 *  -EINVAL     malformed request
 */
struct spotos_arm {
	char patch[SPOTOS_PATCH_NAME];
	__u32 direction;
	__u32 strategy;
	__u64 timeout_ns; /* after which it is stuck; 0: none */
	__u32 attempts;   /* retry: how many before it is stuck; 0: 5 */
	__u32 reserved;
	__u64 interval_ns; /* retry: time between attempts; safepoint: slow check; 0: 1 s and 100 ms */
	__s32 trigger_fd;  /* BPF ring buffer map whose wake-ups report that all counts are zero, or -1 */
	__s32 shared_fd;   /* BPF array map holding struct spotos_shared, or -1 */
	char reason[SPOTOS_REASON]; /* out */
};

/*
 * What the probes and the module share: the value of a one-element, memory-mapped BPF array. The entry and
 * exit programs keep the counts in inflight. The module opens the gate to be woken the next time that all
 * counts are zero; the exit program that sees this closes the gate, writes zero_ns, and the number of its CPU,
 * from 1, into bell, and calls the helper bpf_ktime_get_tai_ns(). If the number is still there then, nobody has
 * heard it: the program takes it back and wakes the ring buffer. When the module has proved that no call is in
 * flight, it sets the counts to zero and raises generation, which makes the programs' marks of calls in flight
 * void.
 */
struct spotos_shared {
	__u32 gate;
	__u32 measuring; /* the probes' own: they time the zeros */
	__u32 generation;
	__u32 bell;
	__u64 zero_ns;                    /* CLOCK_MONOTONIC */
	__s64 inflight[SPOTOS_MAX_FUNCS]; /* in the order of the patch's functions */
};

enum spotos_event_type {
	SPOTOS_EV_ARMED = 1,
	SPOTOS_EV_ATTEMPT = 2,  /* the check found holders; nothing changed */
	SPOTOS_EV_SWITCHED = 3, /* the check found none; all functions switched */
	SPOTOS_EV_STUCK = 4,    /* the deadline has passed; nothing changed; RETRY or DISARM */
	SPOTOS_EV_DISARMED = 5,
};

/* What caused an attempt. */
enum spotos_cause {
	SPOTOS_BY_TRIGGER = 1,  /* all counts came to zero */
	SPOTOS_BY_CHECK = 2,    /* the slow check found no holder */
	SPOTOS_BY_RETRY = 3,    /* strategy retry, or SPOTOS_IOC_RETRY */
	SPOTOS_BY_DEADLINE = 4, /* the last attempt before stuck */
	SPOTOS_BY_WAKE = 5,     /* a holder was switched out */
};

struct spotos_event {
	__u32 type;
	__u32 cause;
	__u32 direction;   /* of the operation, as armed */
	__u32 strategy;    /* the same */
	__u64 time_ns;     /* CLOCK_MONOTONIC */
	__u64 wait_ns;     /* since armed */
	__u64 trigger_ns;  /* from the last count at zero until all CPUs stood; 0 unless BY_TRIGGER */
	__u64 window_ns;   /* the stop window of this attempt */
	__u64 stop_ns;     /* from asking for the stop until all CPUs stood */
	__u32 attempts;    /* so far, this one included */
	__u32 safe_points; /* zeros that the trigger reported so far */
	__u32 holders;     /* found by this attempt; may be more than SPOTOS_MAX_HOLDERS */
	__u32 walked;      /* task stacks that this attempt looked at */
	__u32 full_walk;   /* 1: of every task; 0: only of those that ran since they were last found clear */
	__u32 lost;        /* events dropped before this one, since nobody read them */
};

/* struct spotos_holder.flags */
#define SPOTOS_HOLDER_IDLE (1u << 0) /* a CPU's idle task */
#define SPOTOS_HOLDER_UNRELIABLE \
	(1u << 1)                       /* the unwinder could not vouch for this stack: found word by word */
#define SPOTOS_HOLDER_RESTART (1u << 2) /* its restart block points into the function */
#define SPOTOS_HOLDER_KTHREAD (1u << 3)

struct spotos_holder {
	__s32 pid; /* of the thread */
	__s32 tgid;
	__u32 func; /* index in the patch */
	__u32 flags;
	__u32 state; /* as in /proc/PID/stat, one ASCII letter */
	__u32 depth;
	char comm[SPOTOS_COMM];
	__u64 stack[SPOTOS_STACK_DEPTH]; /* innermost first */
};

/* The holders that the last failed attempt of this file's operation found. */
struct spotos_holders {
	__u64 buffer;   /* in: struct spotos_holder * */
	__u32 capacity; /* in: how many fit */
	__u32 count;    /* out: how many were written */
	__u32 total;    /* out: how many there were */
	__u32 reserved;
};

/* One of those to nudge. error: 0, or an errno: ESRCH, or EPERM for a worker of io_uring. */
struct spotos_nudge {
	__s32 pid;   /* in: of the thread, a pid of the machine and not of the caller's namespace */
	__s32 error; /* out */
};

#define SPOTOS_MAX_NUDGES 65536
#define SPOTOS_HOLD_MS 500      /* so long a woken thread is kept outside at most, if it was woken alone */
#define SPOTOS_HOLD_MORE_US 500 /* and so much longer for each that was, while others still come out */

struct spotos_nudges {
	__u64 nudges; /* struct spotos_nudge * */
	__u32 count;
	__u32 reserved;
};

#define SPOTOS_IOC_INFO _IOR('S', 0x40, struct spotos_info)
#define SPOTOS_IOC_PATCH _IOWR('S', 0x41, struct spotos_patch_status)
#define SPOTOS_IOC_FUNC _IOWR('S', 0x42, struct spotos_func_status)
#define SPOTOS_IOC_ARM _IOWR('S', 0x43, struct spotos_arm)
#define SPOTOS_IOC_DISARM _IO('S', 0x44)        /* -ENOENT: nothing is armed, -EALREADY: it has switched */
#define SPOTOS_IOC_RETRY _IOW('S', 0x45, __u64) /* stuck -> armed again, with a new timeout in ns */
#define SPOTOS_IOC_HOLDERS _IOWR('S', 0x46, struct spotos_holders)
/*
 * Wakes threads as a signal would, and keeps them from their user code until the operation ends: at most
 * SPOTOS_HOLD_MS from the call, and SPOTOS_HOLD_MORE_US for each thread that was named.
 * -ENOENT: nothing is armed, or it is stuck
 */
#define SPOTOS_IOC_NUDGE _IOW('S', 0x48, struct spotos_nudges)
#define SPOTOS_IOC_JUDGE _IOWR('S', 0x49, struct spotos_judge)
/*
 * Optional: begins now what an arming through this file would otherwise wait for when it begins, until then or
 * the close. -EBUSY: something is armed
 */
#define SPOTOS_IOC_PREPARE _IO('S', 0x4a)

#endif
