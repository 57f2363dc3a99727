// SPDX-License-Identifier: Apache-2.0 OR MIT OR GPL-2.0
/*
 * Tasks that wait for one another, each in a way of its own, so that there is something to find in
 * a dump. What each waits for is in its name and below; nothing is ever given, and the kernel goes
 * on all the same.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rtmutex.h>
#include <linux/rwsem.h>
#include <linux/semaphore.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

/* Long enough for the other of two to take its first lock. */
#define FIRST_LOCK_MS 300

static DEFINE_MUTEX(lab_a);
static DEFINE_MUTEX(lab_b);
static DEFINE_MUTEX(lab_c);
static DECLARE_RWSEM(lab_rwsem);
static DEFINE_MUTEX(lab_held);
static DEFINE_RT_MUTEX(lab_rt);
static struct semaphore lab_semaphore;
static DECLARE_COMPLETION(lab_completion);
static DECLARE_WAIT_QUEUE_HEAD(lab_queue);
static DEFINE_MUTEX(lab_flush);
static struct workqueue_struct *lab_wq;
static bool lab_never;

/* AB-BA of two mutexes. */
static int lab_ab(void *unused)
{
	mutex_lock(&lab_a);
	msleep(FIRST_LOCK_MS);
	mutex_lock(&lab_b);
	return 0;
}

static int lab_ba(void *unused)
{
	mutex_lock(&lab_b);
	msleep(FIRST_LOCK_MS);
	mutex_lock(&lab_a);
	return 0;
}

/* The same of a mutex and a rwsem, which is held for writing. */
static int lab_mutex_rwsem(void *unused)
{
	mutex_lock(&lab_c);
	msleep(FIRST_LOCK_MS);
	down_read(&lab_rwsem);
	return 0;
}

static int lab_rwsem_mutex(void *unused)
{
	down_write(&lab_rwsem);
	msleep(FIRST_LOCK_MS);
	mutex_lock(&lab_c);
	return 0;
}

/* Waits behind the two of before. */
static int lab_writer(void *unused)
{
	msleep(2 * FIRST_LOCK_MS);
	down_write(&lab_rwsem);
	return 0;
}

/* Holds all that the next three want, and sleeps. */
static int lab_holder(void *unused)
{
	mutex_lock(&lab_held);
	rt_mutex_lock(&lab_rt);
	down(&lab_semaphore);
	for (;;)
		ssleep(3600);
	return 0;
}

static int lab_wants(void *unused)
{
	msleep(FIRST_LOCK_MS);
	mutex_lock(&lab_held);
	return 0;
}

static int lab_rtmutex(void *unused)
{
	msleep(FIRST_LOCK_MS);
	rt_mutex_lock(&lab_rt);
	return 0;
}

static int lab_sem(void *unused)
{
	msleep(FIRST_LOCK_MS);
	down(&lab_semaphore);
	return 0;
}

/* A completion that nobody gives, and a condition that never comes. */
static int lab_complete(void *unused)
{
	wait_for_completion(&lab_completion);
	return 0;
}

static int lab_event(void *unused)
{
	wait_event(lab_queue, READ_ONCE(lab_never));
	return 0;
}

/* A work that waits for what the task has that waits for the work. */
static void lab_work_function(struct work_struct *work)
{
	msleep(FIRST_LOCK_MS);
	mutex_lock(&lab_flush);
	/* Never; but for it the compiler would jump to the former, and this not be on the stack. */
	mutex_unlock(&lab_flush);
}

static DECLARE_WORK(lab_work, lab_work_function);

static int lab_flusher(void *unused)
{
	mutex_lock(&lab_flush);
	queue_work(lab_wq, &lab_work);
	msleep(FIRST_LOCK_MS / 2);
	flush_work(&lab_work);
	return 0;
}

static int __init lab_init(void)
{
	/* DEFINE_SEMAPHORE() has taken a number since 6.4. */
	sema_init(&lab_semaphore, 1);
	lab_wq = alloc_workqueue("lab_wq", 0, 0);
	if (!lab_wq)
		return -ENOMEM;
	kthread_run(lab_ab, NULL, "lab-ab");
	kthread_run(lab_ba, NULL, "lab-ba");
	kthread_run(lab_mutex_rwsem, NULL, "lab-mutex-rwsem");
	kthread_run(lab_rwsem_mutex, NULL, "lab-rwsem-mutex");
	kthread_run(lab_writer, NULL, "lab-writer");
	kthread_run(lab_holder, NULL, "lab-holder");
	kthread_run(lab_wants, NULL, "lab-wants");
	kthread_run(lab_rtmutex, NULL, "lab-rtmutex");
	kthread_run(lab_sem, NULL, "lab-semaphore");
	kthread_run(lab_complete, NULL, "lab-completion");
	kthread_run(lab_event, NULL, "lab-event");
	kthread_run(lab_flusher, NULL, "lab-flusher");
	return 0;
}

module_init(lab_init);
MODULE_DESCRIPTION("Tasks that wait for one another");
MODULE_LICENSE("Dual MIT/GPL");
