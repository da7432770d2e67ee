// SPDX-License-Identifier: GPL-2.0-only
/*
 * The trigger: wakes the module when all counts are zero, with no user space in between.
 *
 * The exit programs of the probes keep the counts in a BPF array. When the last call in flight ends and the gate
 * is open, they close the gate and wake a BPF ring buffer. The module waits on that ring buffer's wait queue as a
 * poller would (as KVM's irqfd does) and reads the array's value directly. At most one wake-up is under way at a
 * time, so the ring buffer does not fill, though nobody has to read it. Where its wake-up comes late, the
 * programs ring a bell, and wake the ring buffer only if nobody hears that: see bell.c.
 *
 * The counts are only a hint: each attempt checks them with all CPUs stopped. So a process that hands over an
 * array of nonsense can cause attempts in vain, at the rate that the cap allows, and nothing else.
 */
#include <linux/bpf.h>
#include <linux/file.h>
#include <linux/irq_work.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/timer.h>
#include <linux/wait.h>

#include "internal.h"

SPOTOS_IMPORT_BPF;

struct trigger {
	struct operation *op;
	struct file *ring; /* the ring buffer map */
	struct bpf_map *map;
	struct spotos_shared *shared;
	wait_queue_head_t *queue;
	wait_queue_entry_t entry;
	poll_table pt;
	struct bell bell;
	struct timer_list late;
	void (*at_door)(void); /* makes the attempt in the task that comes to the door */
};

static void on_late(struct timer_list *timer)
{
	struct trigger *trigger = container_of(timer, struct trigger, late);

	operation_kick(trigger->op, KICK_LATE);
}

/* All counts were zero, current or what it was interrupted by being the last to leave. In a hard interrupt. */
static void on_zero(struct trigger *trigger)
{
	struct operation *op = trigger->op;
	u32 attempt = door_attempt();

	WRITE_ONCE(op->closer, current);
	set_bit(SPOTOS_BY_TRIGGER, &op->kick);
	if (door_close(attempt, trigger->at_door))
		mod_timer(&trigger->late,
			  jiffies); /* wakes the worker if no attempt has been made by the next tick */
	else
		operation_kick(op, SPOTOS_BY_TRIGGER);
}

/*
 * Called by the ring buffer's irq_work, under its wait queue's lock. With PREEMPT_RT, where that is a thread's,
 * current is that thread: the door stays open, and the worker makes the attempt.
 */
static int on_wakeup(wait_queue_entry_t *entry, unsigned int mode, int sync, void *key)
{
	on_zero(container_of(entry, struct trigger, entry));
	return 0;
}

static void on_bell(struct irq_work *work)
{
	on_zero(container_of(work, struct trigger, bell.work));
}

static void queue_on(struct file *file, wait_queue_head_t *queue, poll_table *pt)
{
	struct trigger *trigger = container_of(pt, struct trigger, pt);

	if (trigger->queue)
		return;
	trigger->queue = queue;
	add_wait_queue(queue, &trigger->entry);
}

static int attach_shared(struct trigger *trigger, int fd, char *reason)
{
	struct bpf_map *map = bpf_map_get(fd);
	u64 addr;

	if (IS_ERR(map))
		return refuse(reason, EINVAL, "shared_fd is not a BPF map");
	trigger->map = map;
	if (map->map_type != BPF_MAP_TYPE_ARRAY || map->max_entries != 1 ||
	    map->value_size != sizeof(struct spotos_shared) || !map->ops->map_direct_value_addr ||
	    map->ops->map_direct_value_addr(map, &addr, 0))
		return refuse(reason, EINVAL,
			      "shared_fd must be a BPF array of one struct spotos_shared (%zu bytes)",
			      sizeof(struct spotos_shared));
	trigger->shared = (struct spotos_shared *)(unsigned long)addr;
	return 0;
}

static int attach_ring(struct trigger *trigger, int fd, char *reason)
{
	struct bpf_map *map = bpf_map_get(fd);
	bool ring;

	if (IS_ERR(map))
		return refuse(reason, EINVAL, "trigger_fd is not a BPF map");
	trigger->ring = fget(fd);
	/* Another thread may have put another file at that number meanwhile. A map's file carries the map. */
	ring = map->map_type == BPF_MAP_TYPE_RINGBUF && trigger->ring && trigger->ring->private_data == map;
	bpf_map_put(map);
	if (!ring || !trigger->ring->f_op->poll)
		return refuse(reason, EINVAL, "trigger_fd must be a BPF ring buffer");
	init_waitqueue_func_entry(&trigger->entry, on_wakeup);
	init_poll_funcptr(&trigger->pt, queue_on);
	trigger->ring->f_op->poll(trigger->ring, &trigger->pt);
	if (!trigger->queue)
		return refuse(reason, EINVAL, "the BPF ring buffer of trigger_fd cannot be waited on");
	return 0;
}

/*
 * Waits on what the request names. Returns NULL if it names nothing, or an error pointer and a reason. At a zero
 * the task that was the last to leave calls at_door, at the door. Sleeps.
 */
struct trigger *trigger_attach(struct operation *op, void (*at_door)(void), char *reason)
{
	struct trigger *trigger;
	int err;

	if (op->req.trigger_fd < 0 && op->req.shared_fd < 0)
		return NULL;
	trigger = kzalloc(sizeof(*trigger), GFP_KERNEL);
	if (!trigger)
		return ERR_PTR(-ENOMEM);
	trigger->op = op;
	trigger->at_door = at_door;
	timer_setup(&trigger->late, on_late, 0);
	err = attach_shared(trigger, op->req.shared_fd, reason);
	if (!err)
		err = attach_ring(trigger, op->req.trigger_fd, reason);
	if (err) {
		trigger_detach(trigger);
		return ERR_PTR(err);
	}
	bell_listen(&trigger->bell, &trigger->shared->bell, on_bell);
	return trigger;
}

/* Stops waiting. On return no wake-up is under way. Sleeps. */
void trigger_detach(struct trigger *trigger)
{
	if (!trigger)
		return;
	if (trigger->shared)
		trigger_close_gate(trigger);
	bell_stop(&trigger->bell);
	/* The queue lives in the ring buffer's map, which the file holds. */
	if (trigger->queue)
		remove_wait_queue(trigger->queue, &trigger->entry);
	timer_delete_sync(&trigger->late);
	if (trigger->ring)
		fput(trigger->ring);
	if (trigger->map)
		bpf_map_put(trigger->map);
	kfree(trigger);
}

static bool all_zero(const struct trigger *trigger)
{
	unsigned int i, n = trigger->op->p->nfuncs;

	for (i = 0; i < n; i++)
		if (READ_ONCE(trigger->shared->inflight[i]))
			return false;
	return true;
}

/* Asks for no wake-up. One may still be under way. */
void trigger_close_gate(struct trigger *trigger)
{
	WRITE_ONCE(trigger->shared->gate, 0);
}

/*
 * Asks for a wake-up at the next zero. True if all counts are zero already, so that none may come.
 */
bool trigger_open_gate(struct trigger *trigger)
{
	WRITE_ONCE(trigger->shared->gate, 1);
	/*
	 * Pairs with the atomic decrement in the exit program, after which it reads the gate: either it sees
	 * the gate open, or we see its count.
	 */
	smp_mb();
	return all_zero(trigger);
}

u64 trigger_zero_ns(struct trigger *trigger)
{
	return READ_ONCE(trigger->shared->zero_ns);
}

/*
 * Sets the counts to zero inside stop_machine, once the check has found no holder: no call is in flight then,
 * even if the counts say so because the kernel skipped a run of a probe.
 */
void trigger_proved_clear(struct trigger *trigger)
{
	unsigned int i, n = trigger->op->p->nfuncs;

	for (i = 0; i < n; i++)
		WRITE_ONCE(trigger->shared->inflight[i], 0);
	WRITE_ONCE(trigger->shared->generation, trigger->shared->generation + 1);
}
