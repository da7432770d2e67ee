/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SPOTOS_INTERNAL_H
#define SPOTOS_INTERNAL_H

#include <linux/ftrace.h>
#include <linux/hash.h>
#include <linux/irq_work.h>
#include <linux/kallsyms.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rtmutex.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/swait.h>
#include <linux/wait.h>

#include "compat.h"
#include "spotos.h"
#include "spotos_patch.h"

#define SPOTOS_NO_FUNC 0xffffffffu /* in the patch's text, outside its replacements */
#define SPOTOS_PARTS 12            /* a function's body and what the compiler split off it */
#define SPOTOS_STOP_SHARE 100      /* attempts may take one part in so many of the time: 1 % */

struct text_range {
	unsigned long start;
	unsigned long end; /* exclusive */
	u32 func;
};

/* A function of a patch, as found in this kernel when the patch was armed. */
struct func_state {
	const struct spotos_func *def;
	unsigned long original; /* where the patch says that it is; 0: it is found by its name */
	struct text_range parts[SPOTOS_PARTS];
	unsigned int nparts;   /* 0: neither armed nor applied */
	unsigned int position; /* among those of its name in its object, from 1 */
	struct module *mod;    /* that it is in, referenced; NULL: the kernel itself */
	unsigned long new_size;
};

/* Where a function of a patch begins, and what runs in its place. */
struct redirection {
	unsigned long original;
	unsigned long replacement;
};

/*
 * A registered patch.
 *
 *            arm                 switch in stop_machine
 *   LOADED ------> ARMED_APPLY ------------------------> APPLIED
 *     ^  <-------               <-------                   |
 *     |   disarm                 disarm                    | arm
 *     +------------------- ARMED_REVERT <------------------+
 *         switch in stop_machine
 *
 * @state goes to and from an ARMED_ state under registry_lock, and from an ARMED_ state to APPLIED or
 * LOADED only inside stop_machine, together with @live. Under registry_lock LOADED and APPLIED are certain;
 * an ARMED_ state may end at any moment.
 */
struct patch_state {
	struct list_head list; /* registry_lock */
	struct spotos_patch *patch;
	struct func_state *funcs;
	unsigned int nfuncs;
	struct redirection *redirections; /* of all, by address; written only while ops is not registered */
	u32 state;                        /* enum spotos_state */
	bool live;                        /* the ftrace handler redirects; written only inside stop_machine */
	u64 applied_ns;
	struct ftrace_ops ops;
	bool stays;       /* SPOTOS_PATCH_STAYS */
	bool stays_on;    /* it has been applied, and its module never goes; registry_lock */
	bool on_for_good; /* ftrace has failed and goes on calling the handler; registry_lock */
	char name[SPOTOS_PATCH_NAME];
};

/* Ranges of text that make a task a holder, sorted by start. */
struct ranges {
	bool restart; /* a restart block that points here makes a holder too */
	unsigned int n;
	unsigned long lo, hi;
	struct text_range r[SPOTOS_MAX_FUNCS * SPOTOS_PARTS + 1];
};

struct holder_list {
	u32 total;
	u32 count;
	struct spotos_holder h[SPOTOS_MAX_HOLDERS];
};

#define SPOTOS_EVENTS 128

struct event_queue {
	spinlock_t lock;
	wait_queue_head_t wait;
	unsigned int head, tail; /* free running */
	u32 lost;
	struct spotos_event ev[SPOTOS_EVENTS];
};

struct trigger;

/* Bits of operation.kick, beside those of enum spotos_cause. */
#define KICK_ATTEMPTED 31 /* a task at the door has made an attempt */
#define KICK_LATE 30      /* the task may not have reached the door, or is still at it */

/*
 * One arming.
 *
 *            arm()         the deadline has passed, or
 *                          the last attempt of strategy retry failed
 *   (new) ---------> WAITING ------------------------------> STUCK
 *                     |   |  <----------------------------    |
 *                     |   |         operation_retry()         |
 *    an attempt finds |   |                                   |
 *           no holder |   +-----------------+-----------------+
 *                     v                     | disarm()
 *                 SWITCHED                  |
 *                     |                     |
 *                     +----------+----------+
 *                                | worker_finish()
 *                                v
 *                            FINISHED
 *
 * WAITING: no flag is set. Attempts are made, by the worker or by a task at the door.
 * STUCK: @stuck. No attempt is made. The worker sets it under attempt_lock, never after @switched;
 *	operation_retry() clears it, with release semantics, after writing what the worker reads next.
 * SWITCHED: @switched, written once, inside stop_machine and under attempt_lock, and final. A reader may rely on
 *	true anywhere, and on false only under attempt_lock.
 * FINISHED: @finished, written once, under registry_lock. Only the file points to the operation any more, and @p
 *	must not be followed: the patch may be unloaded. The worker still emits the last event.
 *
 * @worker is the file's: NULL once disarm() has waited for the thread. Only then is the memory freed. What
 * attempts change is written under attempt_lock.
 */
struct operation {
	struct patch_state *p;
	struct spotos_arm req;
	struct event_queue *events;
	struct task_struct *worker;
	struct trigger *trigger; /* NULL: none */
	struct ranges ranges;
	struct swait_queue_head wait; /* the worker sleeps here; hard interrupts wake it */
	struct irq_work wake_work;    /* wakes it from under a run queue's lock */
	unsigned long kick;           /* bits: enum spotos_cause and KICK_ */
	u64 armed_ns;
	u64 deadline_ns;   /* 0: none */
	u64 not_before_ns; /* the cap on stopped time allows no attempt before */
	u32 attempts;
	u32 safe_points;
	u64 round_after_ns;            /* no step of a round before */
	u64 peek_after_ns;             /* no peek before, unless triggered */
	struct task_struct *closer;    /* its leaving caused BY_TRIGGER; only ever compared */
	struct task_struct *attempter; /* makes an attempt at the door; only ever compared */
	bool hopeless;                 /* the last peek found a holder */
	bool stuck;
	bool switched; /* written inside stop_machine */
	bool finished; /* worker_finish() has run */
	struct mutex holders_lock;
	struct holder_list *holders; /* of the last failed attempt, holders_lock */
	struct holder_list *scratch; /* what the next look at the tasks fills; attempt_lock */
	u32 number;                  /* how many had ended when it began; for nudges */
	pid_t owner;
	char owner_comm[TASK_COMM_LEN];
};

/* registry.c */
extern struct mutex registry_lock;
struct operation *registry_armed(void);
void registry_set_armed(struct operation *op);
void registry_applied(struct patch_state *p);
void wait_for_last_user(struct module *mod);
struct patch_state *registry_find(const char *name);
struct patch_state *registry_at(u32 index);
u32 registry_count(void);
struct patch_state *registry_owner(const struct patch_state *except, unsigned long addr);

/* symbol.c */
struct symbol {
	char name[KSYM_SYMBOL_LEN];
	const char *object;
	unsigned long start;
	unsigned long end; /* exclusive */
};

#define ENDBR_LEN 4
bool is_endbr_at(const u8 *code);
unsigned long symbol_address(const char *name);
bool symbol_at(unsigned long addr, struct symbol *s);
unsigned long function_size(unsigned long addr);
struct module *module_get_by_name(const char *name);

/* names.c */
typedef void (*found_fn)(unsigned long start, unsigned long end, void *arg);
int names_read(void);
void names_free(void);
bool is_init_text(unsigned long addr);
void each_function(const struct module *mod, const char *name, found_fn found, void *arg);

/* site.c */
int site_possible(unsigned long addr, const char *name, char *reason);
bool site_leads_here(const struct patch_state *p, char *reason);
void site_init(void);

/* hooks.c */
int hooks_init(void);
bool is_return_hook(unsigned long addr);
bool is_graph_hook(unsigned long addr);
bool is_detour(unsigned long addr);
const struct text_range *rethooks_lead_to(const struct ranges *ranges, struct task_struct *t);

/* parts.c */
typedef bool (*lists_fn)(const void *patch, const char *copy);
int parts_check_copies(lists_fn lists, const void *patch, const char *name, const struct module *mod,
		       char *reason);
int parts_add(struct func_state *f, const char *name, const struct module *mod, char *reason);

/* resolve.c */
int resolve_function(lists_fn lists, const void *patch, struct func_state *f, const char *what,
		     const char *object, char *reason);
void resolve_put(struct func_state *f);
int resolve_patch(struct patch_state *p, char *reason);
void resolve_release(struct patch_state *p);

/* ranges.c */
void build_ranges(const struct patch_state *p, u32 direction, struct ranges *out);
const struct text_range *ranges_find(const struct ranges *ranges, unsigned long addr);

/* trampoline.c */
int trampoline_init(void);
const struct text_range *leads_to(const struct ranges *ranges, unsigned long addr);

/* redirect.c */
int redirect_possible(const struct patch_state *p, char *reason);
int redirect_register(struct patch_state *p, char *reason);
void redirect_unregister(struct patch_state *p);

/* stack.c */
enum stack_trust {
	STACK_STOPPED, /* inside stop_machine: certain */
	STACK_SURE,    /* misses no holder that sleeps */
	STACK_HINT,    /* may be wrong either way */
};
int stack_init(void);
bool stack_holds(struct task_struct *t, const struct ranges *ranges, struct holder_list *out,
		 enum stack_trust how);

/* record.c */
int record_start(struct operation *op);
bool record_baseline(void);
bool record_restart(void);
bool record_round(void);
bool record_busy(void);
void record_rest(u64 *since);
bool record_in_vain(struct holder_list *out);

/* record_hook.c */
int record_init(void);
int record_prepare(const void *who);
void record_unprepare(const void *who);
void record_stop(void);

/* record_look.c */
enum peek {
	PEEK_CLEAR,  /* no holder seen; proves nothing */
	PEEK_MOVING, /* a known holder runs */
	PEEK_HELD,   /* a holder sleeps: an attempt would fail */
	PEEK_MORE,   /* no holder seen so far */
};

struct record_cursor;
enum peek record_peek(const struct ranges *ranges, struct record_cursor *at);
u32 record_check(const struct ranges *ranges, struct holder_list *out);
u32 record_check_all(const struct ranges *ranges, struct holder_list *out);
bool record_wants_all(void);

/* What the looks at the tasks found. attempt_lock, or inside stop_machine. */
struct record_seen {
	u64 holders;     /* a bit for each known holder; a false hit costs a peek */
	u64 round;       /* those found in the round that is under way */
	u32 tasks;       /* how many there were at the last look at all */
	bool incomplete; /* a task may be missing from the record: look at all of them */
};

extern struct record_seen record_seen;

static inline u64 bloom_bit(const struct task_struct *t)
{
	return 1ull << hash_ptr(t, 6);
}

/* grace.c */
int grace_init(void);
struct tasks_wait *grace_begin(void);
bool grace_end(struct tasks_wait *w);
void grace_give_up(struct tasks_wait *w);
void grace_exit(void);

/* record_set.c */
bool record_lost_exiting(void);

/* operation.c */
struct operation *operation_new(const struct spotos_arm *req, struct event_queue *events);
void operation_free(struct operation *op);
void operation_kick(struct operation *op, unsigned int cause);
void operation_emit(struct operation *op, u32 type);
int operation_retry(struct operation *op, u64 timeout_ns);

/* attempt.c */
extern struct rt_mutex attempt_lock;
bool attempt_by_worker(struct operation *op, u32 cause);
bool attempt_in_vain(struct operation *op);
void attempt_at_door(void);
void attempt_open_doors(struct operation *op);
void attempt_shut_doors(void);

/* worker.c */
int worker_run(void *data);
void worker_finish(struct operation *op);

/* trigger.c */
struct trigger *trigger_attach(struct operation *op, void (*at_door)(void), char *reason);
void trigger_detach(struct trigger *trigger);
void trigger_close_gate(struct trigger *trigger);
bool trigger_open_gate(struct trigger *trigger);
u64 trigger_zero_ns(struct trigger *trigger);
void trigger_proved_clear(struct trigger *trigger);

/* bell.c */
struct bell {
	u32 *number; /* in the shared memory: the CPU whose program rings */
	struct irq_work work;
};

void bell_listen(struct bell *bell, u32 *number, void (*heard)(struct irq_work *work));
void bell_stop(struct bell *bell);

/* door.c */
u32 door_attempt(void);
bool door_close(u32 attempt, void (*make_attempt)(void));
void door_open(void);

/* nudge.c */
void nudge(struct spotos_nudge *list, u32 n, u32 operation);
u32 nudge_operation(void);
void nudge_over(void);
void nudge_init(void);
void nudge_exit(void);

/* judge.c */
int judge(struct spotos_judge *req);

/* arm.c */
struct operation *arm(struct spotos_arm *req, struct event_queue *events);
int disarm(struct operation *op);

/* events.c */
void events_init(struct event_queue *q);
void events_put(struct event_queue *q, const struct spotos_event *ev);
bool events_get(struct event_queue *q, struct spotos_event *ev);
bool events_ready(struct event_queue *q);

/* dev.c */
int dev_init(void);
void dev_exit(void);

#define refuse(reason, errno, fmt, ...)                               \
	({                                                            \
		scnprintf(reason, SPOTOS_REASON, fmt, ##__VA_ARGS__); \
		-(errno);                                             \
	})

#endif
