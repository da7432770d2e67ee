// SPDX-License-Identifier: GPL-2.0-only
/* The events that a file has not read yet. A full queue drops its oldest; the next event read counts those. */
#include <linux/slab.h>

#include "internal.h"

void events_init(struct event_queue *q)
{
	spin_lock_init(&q->lock);
	init_waitqueue_head(&q->wait);
}

void events_put(struct event_queue *q, const struct spotos_event *ev)
{
	spin_lock(&q->lock);
	if (q->head - q->tail == SPOTOS_EVENTS) {
		q->tail++;
		q->lost++;
	}
	q->ev[q->head % SPOTOS_EVENTS] = *ev;
	q->head++;
	spin_unlock(&q->lock);
	wake_up_interruptible(&q->wait);
}

bool events_get(struct event_queue *q, struct spotos_event *ev)
{
	bool have;

	spin_lock(&q->lock);
	have = q->head != q->tail;
	if (have) {
		*ev = q->ev[q->tail % SPOTOS_EVENTS];
		ev->lost = q->lost;
		q->lost = 0;
		q->tail++;
	}
	spin_unlock(&q->lock);
	return have;
}

bool events_ready(struct event_queue *q)
{
	return READ_ONCE(q->head) != READ_ONCE(q->tail);
}
