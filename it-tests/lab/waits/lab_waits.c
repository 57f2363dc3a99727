// SPDX-License-Identifier: Apache-2.0 OR MIT OR GPL-2.0
/*
 * Tasks that wait for one another, each in a way of its own, so that there is something to find in
 * a dump. What each waits for is in its name and below; nothing is ever given, and the kernel goes
 * on all the same.
 */
#include <linux/bio.h>
#include <linux/blk-mq.h>
#include <linux/buffer_head.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pagemap.h>
#include <linux/rtmutex.h>
#include <linux/rwsem.h>
#include <linux/semaphore.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/srcu.h>
#include <linux/version.h>
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

/* A work of a queue that does one at a time, behind one that does not end, and who waits for all. */
static struct workqueue_struct *lab_wq_one;

static void lab_endless_function(struct work_struct *work)
{
	for (;;)
		ssleep(3600);
}

static void lab_behind_function(struct work_struct *work)
{
}

static DECLARE_WORK(lab_endless, lab_endless_function);
static DECLARE_WORK(lab_behind, lab_behind_function);

static int lab_flush_all(void *unused)
{
	queue_work(lab_wq_one, &lab_endless);
	queue_work(lab_wq_one, &lab_behind);
	flush_workqueue(lab_wq_one);
	return 0;
}

/* Readers that never end, of a kind of RCU that lets them sleep. */
DEFINE_STATIC_SRCU(lab_srcu);

static int lab_reader(void *unused)
{
	int index = srcu_read_lock(&lab_srcu);

	for (;;)
		ssleep(3600);
	srcu_read_unlock(&lab_srcu, index);
	return 0;
}

static int lab_grace(void *unused)
{
	msleep(FIRST_LOCK_MS);
	synchronize_srcu(&lab_srcu);
	return 0;
}

/* A disk that takes requests, as many as it has tags, and answers none. */
#define LAB_TAGS 3
#define LAB_BLOCK 4096

static struct blk_mq_tag_set lab_tags;
static struct gendisk *lab_disk;

static blk_status_t lab_queue_rq(struct blk_mq_hw_ctx *hardware, const struct blk_mq_queue_data *data)
{
	blk_mq_start_request(data->rq);
	return BLK_STS_OK;
}

static const struct blk_mq_ops lab_mq_ops = { .queue_rq = lab_queue_rq };
static const struct block_device_operations lab_disk_ops = { .owner = THIS_MODULE };

static int lab_add_disk(void)
{
	int error;

	lab_tags.ops = &lab_mq_ops;
	lab_tags.nr_hw_queues = 1;
	lab_tags.queue_depth = LAB_TAGS;
	lab_tags.numa_node = NUMA_NO_NODE;
	/* A scheduler would have tags of its own. */
	lab_tags.flags = BLK_MQ_F_NO_SCHED_BY_DEFAULT;
	error = blk_mq_alloc_tag_set(&lab_tags);
	if (error)
		return error;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
	lab_disk = blk_mq_alloc_disk(&lab_tags, NULL, NULL);
#else
	lab_disk = blk_mq_alloc_disk(&lab_tags, NULL);
#endif
	if (IS_ERR(lab_disk))
		return PTR_ERR(lab_disk);
	strscpy(lab_disk->disk_name, "labdisk", sizeof(lab_disk->disk_name));
	lab_disk->fops = &lab_disk_ops;
	/* Its partitions would be read. */
	lab_disk->flags |= GENHD_FL_NO_PART;
	set_capacity(lab_disk, 1 << 16);
	return add_disk(lab_disk);
}

/* Each of the first three has a request of its own in flight. */
static int lab_buffer(void *unused)
{
	__bread(lab_disk->part0, 1, LAB_BLOCK);
	return 0;
}

static int lab_page(void *unused)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
	read_mapping_page(lab_disk->part0->bd_mapping, 2, NULL);
#else
	read_mapping_page(lab_disk->part0->bd_inode->i_mapping, 2, NULL);
#endif
	return 0;
}

static int lab_write(void *unused)
{
	struct page *page = alloc_page(GFP_KERNEL);
	struct bio *bio = bio_alloc(lab_disk->part0, 1, REQ_OP_WRITE, GFP_KERNEL);

	if (!page || !bio)
		return -ENOMEM;
	bio->bi_iter.bi_sector = 3 * (LAB_BLOCK >> SECTOR_SHIFT);
	__bio_add_page(bio, page, LAB_BLOCK, 0);
	return submit_bio_wait(bio);
}

/* For this there is no tag left. */
static int lab_tag(void *unused)
{
	msleep(FIRST_LOCK_MS);
	__bread(lab_disk->part0, 4, LAB_BLOCK);
	return 0;
}

/*
 * With PREEMPT_RT tasks sleep for spinlocks and rwlocks too; and who writes next waits for those who
 * read, and is on no list.
 */
#ifdef CONFIG_PREEMPT_RT
static DEFINE_SPINLOCK(lab_spin_a);
static DEFINE_SPINLOCK(lab_spin_b);
static DEFINE_RWLOCK(lab_rwlock);
static DECLARE_RWSEM(lab_shared);

static int lab_rt_ab(void *unused)
{
	spin_lock(&lab_spin_a);
	mdelay(FIRST_LOCK_MS);
	spin_lock(&lab_spin_b);
	spin_unlock(&lab_spin_b);
	return 0;
}

static int lab_rt_ba(void *unused)
{
	spin_lock(&lab_spin_b);
	mdelay(FIRST_LOCK_MS);
	spin_lock(&lab_spin_a);
	spin_unlock(&lab_spin_a);
	return 0;
}

static int lab_rt_reads(void *unused)
{
	read_lock(&lab_rwlock);
	mdelay(FIRST_LOCK_MS);
	spin_lock(&lab_spin_a);
	spin_unlock(&lab_spin_a);
	return 0;
}

static int lab_rt_writes(void *unused)
{
	msleep(FIRST_LOCK_MS / 2);
	write_lock(&lab_rwlock);
	write_unlock(&lab_rwlock);
	return 0;
}

static int lab_rt_shares(void *unused)
{
	down_read(&lab_shared);
	for (;;)
		ssleep(3600);
	return 0;
}

static int lab_rt_next(void *unused)
{
	msleep(FIRST_LOCK_MS);
	down_write(&lab_shared);
	up_write(&lab_shared);
	return 0;
}

static int lab_rt_behind(void *unused)
{
	msleep(2 * FIRST_LOCK_MS);
	down_read(&lab_shared);
	up_read(&lab_shared);
	return 0;
}

static void lab_run_rt(void)
{
	kthread_run(lab_rt_ab, NULL, "lab-rt-ab");
	kthread_run(lab_rt_ba, NULL, "lab-rt-ba");
	kthread_run(lab_rt_reads, NULL, "lab-rt-reads");
	kthread_run(lab_rt_writes, NULL, "lab-rt-writes");
	kthread_run(lab_rt_shares, NULL, "lab-rt-shares");
	kthread_run(lab_rt_next, NULL, "lab-rt-next");
	kthread_run(lab_rt_behind, NULL, "lab-rt-behind");
}
#else
static void lab_run_rt(void) { }
#endif

/*
 * When the machine is about to crash, the other CPU is made to wait for a spinlock, with interrupts
 * off for so long that its ticks are missed, and another call of it stays unanswered.
 */
#define LAB_CRASHES "sysrq_handle_crash"
#define LAB_SILENT_MS 1500

static DEFINE_RAW_SPINLOCK(lab_spin);

static void lab_spins(void *unused)
{
	raw_spin_lock(&lab_spin);
	/* Never; but for it the compiler would jump to the former, and this not be on the stack. */
	raw_spin_unlock(&lab_spin);
}

static void lab_never_called(void *unused)
{
}

static call_single_data_t lab_first_call = { .func = lab_spins };
static call_single_data_t lab_second_call = { .func = lab_never_called };

static int lab_before_crash(struct kprobe *probe, struct pt_regs *regs)
{
	int other = smp_processor_id() ? 0 : 1;

	raw_spin_lock(&lab_spin);
	smp_call_function_single_async(other, &lab_first_call);
	mdelay(LAB_SILENT_MS);
	smp_call_function_single_async(other, &lab_second_call);
	return 0;
}

static struct kprobe lab_probe = {
	.symbol_name = LAB_CRASHES,
	.pre_handler = lab_before_crash,
};

static int __init lab_init(void)
{
	int error;

	/* DEFINE_SEMAPHORE() has taken a number since 6.4. */
	sema_init(&lab_semaphore, 1);
	lab_wq = alloc_workqueue("lab_wq", 0, 0);
	lab_wq_one = alloc_workqueue("lab_wq_one", WQ_UNBOUND, 1);
	if (!lab_wq || !lab_wq_one)
		return -ENOMEM;
	error = lab_add_disk();
	if (!error)
		error = register_kprobe(&lab_probe);
	if (error)
		return error;
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
	kthread_run(lab_flush_all, NULL, "lab-flush-all");
	kthread_run(lab_reader, NULL, "lab-reader");
	kthread_run(lab_grace, NULL, "lab-grace");
	kthread_run(lab_buffer, NULL, "lab-buffer");
	kthread_run(lab_page, NULL, "lab-page");
	kthread_run(lab_write, NULL, "lab-write");
	kthread_run(lab_tag, NULL, "lab-tag");
	lab_run_rt();
	return 0;
}

module_init(lab_init);
MODULE_DESCRIPTION("Tasks that wait for one another");
MODULE_LICENSE("Dual MIT/GPL");
