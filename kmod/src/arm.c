// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arms and disarms.
 *
 * arm() prepares everything that may fail, then starts a worker. From then on the operation is the worker's:
 * it makes the attempts, and takes everything down once it has switched or is stopped. The file that owns the
 * operation stops the worker and waits for it, so an operation's memory is freed only after its worker has
 * ended.
 */
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "internal.h"

static int check_request(struct spotos_arm *req)
{
	if (strnlen(req->patch, sizeof(req->patch)) == sizeof(req->patch))
		return refuse(req->reason, EINVAL, "the patch's name does not end");
	if (req->direction > SPOTOS_REVERT || req->strategy > SPOTOS_STRATEGY_RETRY || req->reserved)
		return refuse(req->reason, EINVAL, "no such direction or strategy");
	if (!req->attempts)
		req->attempts = 5;
	if (!req->interval_ns)
		req->interval_ns = req->strategy == SPOTOS_STRATEGY_RETRY ? NSEC_PER_SEC
									  : 100 * NSEC_PER_MSEC;
	if (req->attempts > 1000 || req->interval_ns < NSEC_PER_MSEC ||
	    req->interval_ns > 3600ull * NSEC_PER_SEC || req->timeout_ns > 86400ull * NSEC_PER_SEC)
		return refuse(req->reason, EINVAL,
			      "out of range: at most 1000 attempts, 1 ms to 1 h apart, a timeout of 24 h");
	return 0;
}

/* registry_lock held. Finds the patch and checks that it may be armed so. */
static int check_state(struct spotos_arm *req, struct patch_state **found)
{
	struct patch_state *p = registry_find(req->patch);
	u32 want = req->direction == SPOTOS_APPLY ? SPOTOS_LOADED : SPOTOS_APPLIED;
	u32 is = req->direction == SPOTOS_APPLY ? SPOTOS_APPLIED : SPOTOS_LOADED;
	struct operation *armed = registry_armed();

	if (!p)
		return refuse(req->reason, ENOENT, "no patch %s is loaded: insmod its module first",
			      req->patch);
	if (armed)
		return refuse(req->reason, EBUSY,
			      "patch %s is being switched by %s (pid %d); wait for it or abort it there",
			      armed->p->name, armed->owner_comm, armed->owner);
	if (READ_ONCE(p->state) == is)
		return refuse(req->reason, EALREADY, "patch %s is %s already", p->name,
			      is == SPOTOS_APPLIED ? "applied" : "not applied");
	if (READ_ONCE(p->state) != want)
		return refuse(req->reason, EBUSY, "patch %s is armed; wait for it or abort it", p->name);
	*found = p;
	return 0;
}

/* registry_lock held; the patch's module is referenced and its redirection registered. */
static int start_worker(struct operation *op, char *reason)
{
	struct patch_state *p = op->p;
	struct task_struct *t;
	int err;

	op->trigger = trigger_attach(op, attempt_at_door, reason);
	if (IS_ERR(op->trigger)) {
		err = PTR_ERR(op->trigger);
		op->trigger = NULL;
		return err;
	}
	err = record_start(op);
	if (err)
		goto detach;
	t = kthread_create(worker_run, op, "spotos/%s", p->name);
	if (IS_ERR(t)) {
		err = PTR_ERR(t);
		goto stop;
	}
	op->worker = get_task_struct(t);
	WRITE_ONCE(p->state, op->req.direction == SPOTOS_APPLY ? SPOTOS_ARMED_APPLY : SPOTOS_ARMED_REVERT);
	registry_set_armed(op);
	wake_up_process(t);
	return 0;
stop:
	record_stop();
detach:
	trigger_detach(op->trigger);
	op->trigger = NULL;
	return err;
}

/* registry_lock held. */
static int arm_locked(struct operation *op, char *reason)
{
	bool apply = op->req.direction == SPOTOS_APPLY;
	struct patch_state *p = op->p;
	int err;

	/* What is applied has a reference, and is reverted also while rmmod -f waits for that. */
	if (!apply)
		__module_get(p->patch->mod);
	else if (!try_module_get(p->patch->mod))
		return refuse(reason, EBUSY,
			      p->stays_on ? "patch %s is being unloaded by rmmod -f, which cannot end: "
					    "reboot the machine"
					  : "patch %s is being unloaded; load it again",
			      p->name);
	if (apply) {
		/* Before anything is resolved: ftrace goes on calling what was. */
		err = redirect_possible(p, reason);
		if (err)
			goto put;
		err = resolve_patch(p, reason);
		if (!err)
			err = redirect_register(p, reason);
		if (err)
			goto release;
	} else if (!site_leads_here(p, reason)) {
		err = -EOPNOTSUPP;
		goto put;
	}
	op->number = nudge_operation(); /* only now: the operation before may have ended just now */
	build_ranges(p, op->req.direction, &op->ranges);
	err = start_worker(op, reason);
	if (!err)
		return 0;
	if (!apply)
		goto put;
	redirect_unregister(p);
release:
	resolve_release(p);
put:
	module_put(p->patch->mod);
	return err;
}

/*
 * Arms as req asks. Sleeps. Returns an operation, which the caller owns and ends with disarm() and
 * operation_free(), or an error pointer; then req->reason names what stands in the way.
 */
struct operation *arm(struct spotos_arm *req, struct event_queue *events)
{
	struct operation *op;
	int err;

	err = check_request(req);
	if (err)
		return ERR_PTR(err);
	op = operation_new(req, events);
	if (!op)
		return ERR_PTR(-ENOMEM);
	mutex_lock(&registry_lock);
	err = check_state(req, &op->p);
	if (!err)
		err = arm_locked(op, req->reason);
	mutex_unlock(&registry_lock);
	if (err) {
		operation_free(op);
		return ERR_PTR(err);
	}
	return op;
}

/* Stops the worker and waits until it has ended. -EALREADY: it has switched. Sleeps. */
int disarm(struct operation *op)
{
	if (op->worker) {
		kthread_stop(op->worker);
		put_task_struct(op->worker);
		op->worker = NULL;
		/* A thread that is stopped before it first ran never runs its function. */
		if (!op->finished)
			worker_finish(op);
	}
	return op->switched ? -EALREADY : 0;
}
