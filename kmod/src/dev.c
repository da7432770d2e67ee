// SPDX-License-Identifier: GPL-2.0-only
/* /dev/spotos: see include/spotos.h for what it promises. */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "internal.h"

struct open_file {
	struct mutex lock; /* one ioctl at a time */
	struct operation *op;
	struct event_queue events;
};

static int dev_open(struct inode *inode, struct file *file)
{
	struct open_file *f;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	f = kzalloc(sizeof(*f), GFP_KERNEL);
	if (!f)
		return -ENOMEM;
	mutex_init(&f->lock);
	events_init(&f->events);
	file->private_data = f;
	return nonseekable_open(inode, file);
}

static void end_operation(struct open_file *f)
{
	if (!f->op)
		return;
	disarm(f->op);
	operation_free(f->op);
	f->op = NULL;
}

static void unprepare(struct open_file *f)
{
	mutex_lock(&registry_lock);
	record_unprepare(&f->events);
	mutex_unlock(&registry_lock);
}

/* Disarms, also when the process was killed. */
static int dev_release(struct inode *inode, struct file *file)
{
	struct open_file *f = file->private_data;

	end_operation(f);
	unprepare(f);
	kfree(f);
	return 0;
}

static long get_info(void __user *arg)
{
	struct spotos_info info = { .abi = SPOTOS_ABI };

#ifdef SPOTOS_TEST_BUILD
	info.flags |= SPOTOS_INFO_TEST_BUILD;
#endif
	mutex_lock(&registry_lock);
	info.npatches = registry_count();
	info.narmed = registry_armed() ? 1 : 0;
	mutex_unlock(&registry_lock);
	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

static long get_patch(void __user *arg)
{
	struct spotos_patch_status s;
	struct operation *op;
	struct patch_state *p;

	if (copy_from_user(&s, arg, sizeof(s)))
		return -EFAULT;
	s.name[sizeof(s.name) - 1] = '\0';
	mutex_lock(&registry_lock);
	p = s.index == SPOTOS_BY_NAME ? registry_find(s.name) : registry_at(s.index);
	if (p) {
		s.state = READ_ONCE(p->state);
		s.nfuncs = p->nfuncs;
		s.applied_ns = p->applied_ns;
		op = registry_armed();
		s.flags = op && op->p == p && READ_ONCE(op->stuck) ? SPOTOS_PATCH_STUCK : 0;
		memset(s.reason, 0, sizeof(s.reason));
		s.flags |= p->stays_on ? SPOTOS_PATCH_STAYS_ON : 0;
		if (READ_ONCE(p->live) && !site_leads_here(p, s.reason))
			s.flags |= SPOTOS_PATCH_NOT_RUNNING;
		strscpy_pad(s.name, p->name, sizeof(s.name));
	}
	mutex_unlock(&registry_lock);
	if (!p)
		return -ENOENT;
	return copy_to_user(arg, &s, sizeof(s)) ? -EFAULT : 0;
}

static long get_func(void __user *arg)
{
	struct spotos_func_status s;
	const struct func_state *f = NULL;
	struct patch_state *p;

	if (copy_from_user(&s, arg, sizeof(s)))
		return -EFAULT;
	s.patch[sizeof(s.patch) - 1] = '\0';
	mutex_lock(&registry_lock);
	p = registry_find(s.patch);
	if (p && s.index < p->nfuncs) {
		f = &p->funcs[s.index];
		s.address = f->nparts ? f->parts[0].start : 0;
		s.size = f->nparts ? f->parts[0].end - f->parts[0].start : 0;
		s.replacement = (unsigned long)f->def->replacement;
		s.replacement_size = function_size(s.replacement);
		strscpy_pad(s.name, f->def->name, sizeof(s.name));
		strscpy_pad(s.object, f->def->object, sizeof(s.object));
	}
	mutex_unlock(&registry_lock);
	if (!f)
		return -ENOENT;
	return copy_to_user(arg, &s, sizeof(s)) ? -EFAULT : 0;
}

static long do_judge(void __user *arg)
{
	struct spotos_judge *req = memdup_user(arg, sizeof(*req));
	long err;

	if (IS_ERR(req))
		return PTR_ERR(req);
	memset(req->reason, 0, sizeof(req->reason));
	err = judge(req);
	if (copy_to_user(arg, req, sizeof(*req)) && !err)
		err = -EFAULT;
	kfree(req);
	return err;
}

static long do_prepare(struct open_file *f)
{
	long err;

	mutex_lock(&registry_lock);
	err = registry_armed() ? -EBUSY : record_prepare(&f->events);
	mutex_unlock(&registry_lock);
	return err;
}

static long do_arm(struct open_file *f, struct spotos_arm __user *arg)
{
	struct spotos_arm *req;
	struct operation *op;
	long err = 0;

	req = memdup_user(arg, sizeof(*req));
	if (IS_ERR(req))
		return PTR_ERR(req);
	memset(req->reason, 0, sizeof(req->reason));
	if (f->op && f->op->worker && !READ_ONCE(f->op->switched)) {
		/* Not by p, which may be gone: it may have switched just now. */
		err = refuse(req->reason, EBUSY, "patch %s is armed through this file; disarm it first",
			     f->op->req.patch);
	} else {
		/* One that has switched has nothing left to do: this only waits for its worker. */
		end_operation(f);
		op = arm(req, &f->events);
		if (IS_ERR(op)) {
			err = PTR_ERR(op);
			unprepare(f);
		} else {
			f->op = op;
		}
	}
	if (copy_to_user(arg->reason, req->reason, sizeof(req->reason)) && !err) {
		end_operation(f);
		err = -EFAULT;
	}
	kfree(req);
	return err;
}

static long do_disarm(struct open_file *f)
{
	int err;

	unprepare(f);
	if (!f->op)
		return -ENOENT;
	err = disarm(f->op);
	/* The holders that it found can be read until the next arming or the close. */
	return err;
}

static long do_retry(struct open_file *f, void __user *arg)
{
	u64 timeout_ns;

	if (copy_from_user(&timeout_ns, arg, sizeof(timeout_ns)))
		return -EFAULT;
	if (!f->op || !f->op->worker)
		return -ENOENT;
	return operation_retry(f->op, timeout_ns);
}

static long get_holders(struct open_file *f, void __user *arg)
{
	struct spotos_holders req;
	struct holder_list *found;
	long err = 0;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	if (req.reserved)
		return -EINVAL;
	if (!f->op)
		return -ENOENT;
	/* A copy: user memory may keep us waiting, and an attempt waits for the lock. */
	found = kvmalloc(sizeof(*found), GFP_KERNEL);
	if (!found)
		return -ENOMEM;
	mutex_lock(&f->op->holders_lock);
	memcpy(found, f->op->holders, sizeof(*found));
	mutex_unlock(&f->op->holders_lock);
	req.total = found->total;
	req.count = min(req.capacity, found->count);
	if (copy_to_user(u64_to_user_ptr(req.buffer), found->h, req.count * sizeof(struct spotos_holder)))
		err = -EFAULT;
	kvfree(found);
	if (!err && copy_to_user(arg, &req, sizeof(req)))
		err = -EFAULT;
	return err;
}

static long do_nudge(struct open_file *f, void __user *arg)
{
	struct spotos_nudge __user *to;
	struct spotos_nudge *list;
	struct spotos_nudges req;
	size_t size;
	long err = 0;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	if (req.reserved || !req.count || req.count > SPOTOS_MAX_NUDGES)
		return -EINVAL;
	/* Stuck, it makes no attempt, and who is kept outside would be kept for nothing. */
	if (!f->op || !f->op->worker || READ_ONCE(f->op->finished) || READ_ONCE(f->op->stuck))
		return -ENOENT;
	to = u64_to_user_ptr(req.nudges);
	size = req.count * sizeof(*list);
	list = kvmalloc(size, GFP_KERNEL);
	if (!list)
		return -ENOMEM;
	if (copy_from_user(list, to, size)) {
		err = -EFAULT;
	} else {
		nudge(list, req.count, f->op->number);
		if (copy_to_user(to, list, size))
			err = -EFAULT;
	}
	kvfree(list);
	return err;
}

static long dev_ioctl(struct file *file, unsigned int cmd, unsigned long val)
{
	struct open_file *f = file->private_data;
	void __user *arg = (void __user *)val;
	long ret;

	/* Whoever holds the file may have given its rights up, or have passed it on. Disarming harms nobody. */
	if (cmd != SPOTOS_IOC_DISARM && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (mutex_lock_interruptible(&f->lock))
		return -ERESTARTSYS;
	switch (cmd) {
	case SPOTOS_IOC_INFO:
		ret = get_info(arg);
		break;
	case SPOTOS_IOC_PATCH:
		ret = get_patch(arg);
		break;
	case SPOTOS_IOC_FUNC:
		ret = get_func(arg);
		break;
	case SPOTOS_IOC_JUDGE:
		ret = do_judge(arg);
		break;
	case SPOTOS_IOC_PREPARE:
		ret = do_prepare(f);
		break;
	case SPOTOS_IOC_ARM:
		ret = do_arm(f, arg);
		break;
	case SPOTOS_IOC_DISARM:
		ret = do_disarm(f);
		break;
	case SPOTOS_IOC_RETRY:
		ret = do_retry(f, arg);
		break;
	case SPOTOS_IOC_HOLDERS:
		ret = get_holders(f, arg);
		break;
	case SPOTOS_IOC_NUDGE:
		ret = do_nudge(f, arg);
		break;
	default:
		ret = -ENOTTY;
	}
	mutex_unlock(&f->lock);
	return ret;
}

/* Returns whole events only. -EAGAIN: there is none, and the file does not block. */
static ssize_t dev_read(struct file *file, char __user *buf, size_t len, loff_t *pos)
{
	struct open_file *f = file->private_data;
	struct spotos_event ev;
	size_t done = 0;
	int err;

	if (len < sizeof(ev))
		return -EINVAL;
	while (!events_ready(&f->events)) {
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(f->events.wait, events_ready(&f->events));
		if (err)
			return err;
	}
	while (len - done >= sizeof(ev) && events_get(&f->events, &ev)) {
		if (copy_to_user(buf + done, &ev, sizeof(ev)))
			return done ? done : -EFAULT;
		done += sizeof(ev);
	}
	return done;
}

static __poll_t dev_poll(struct file *file, poll_table *pt)
{
	struct open_file *f = file->private_data;

	poll_wait(file, &f->events.wait, pt);
	return events_ready(&f->events) ? EPOLLIN | EPOLLRDNORM : 0;
}

static const struct file_operations dev_fops = {
	.owner = THIS_MODULE,
	.open = dev_open,
	.release = dev_release,
	.read = dev_read,
	.poll = dev_poll,
	.unlocked_ioctl = dev_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "spotos",
	.fops = &dev_fops,
	.mode = 0600,
};

int dev_init(void)
{
	return misc_register(&dev);
}

void dev_exit(void)
{
	misc_deregister(&dev);
}
