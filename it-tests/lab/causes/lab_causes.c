// SPDX-License-Identifier: Apache-2.0 OR MIT OR GPL-2.0
/*
 * Ways to bring a kernel down, so that there are dumps of which it is known what happened. One is
 * chosen by writing its name to /sys/module/lab_causes/parameters/cause; which sysctl it takes to
 * panic of it is in lab/guest. CausesTest tells what a verdict should be.
 *
 * Every function that is to blame is called after its cause, and not inlined. Values are hidden
 * from the compiler, which would else do something else with what has no meaning in C.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poison.h>
#include <linux/refcount.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>
#ifdef CONFIG_X86
#include <asm/apic.h>
#endif

/* Long enough for the other of two to take its first lock. */
#define FIRST_LOCK_MS 300

/* A function that is called as it is written: no copy with other parameters stands for it. */
#define to_blame __attribute__((noipa))

/* Of a structure that is ours, so that its members are known from the module's own types. */
struct lab_object {
	unsigned long before[3];
	struct lab_object *next;
	struct list_head list;
	int value;
	char name[60];
};

static void *volatile lab_null;
static volatile unsigned long lab_zero;
static unsigned long lab_sink;
static struct kmem_cache *lab_cache;
static struct kmem_cache *lab_poisoned_cache;

/* An access through NULL. */

static to_blame void lab_null_read(void)
{
	lab_sink = *(volatile unsigned long *)lab_null;
}

static to_blame void lab_null_write(void)
{
	*(volatile unsigned long *)lab_null = 1;
}

static to_blame void lab_null_call(void)
{
	void (*call)(void) = lab_null;

	call();
	lab_sink = 1;
}

static to_blame void lab_null_member(struct lab_object *object)
{
	lab_sink += READ_ONCE(object->value);
}

/* Two pointers on the way, the second of which is NULL: file->f_inode->i_sb. */
static to_blame void lab_null_inode(struct file *file)
{
	lab_sink += (unsigned long)READ_ONCE(file->f_inode->i_sb);
}

static void lab_run_null_member(void)
{
	lab_null_member(lab_null);
	lab_sink++;
}

static void lab_run_null_inode(void)
{
	struct file *file = kzalloc(sizeof(*file), GFP_KERNEL);

	lab_null_inode(file);
	kfree(file);
}

static void lab_null_timer(struct timer_list *timer)
{
	WRITE_ONCE(((struct lab_object *)lab_null)->next, NULL);
}

static DEFINE_TIMER(lab_timer, lab_null_timer);

static void lab_run_null_timer(void)
{
	mod_timer(&lab_timer, jiffies + 2);
	ssleep(5);
}

static void lab_null_work_function(struct work_struct *work)
{
	lab_sink += READ_ONCE(((struct lab_object *)lab_null)->value);
}

static DECLARE_WORK(lab_null_work, lab_null_work_function);

static void lab_run_null_work(void)
{
	schedule_work(&lab_null_work);
	ssleep(5);
}

/* Pointers that are none. */

static to_blame void lab_wild(void)
{
	/* Of the kernel's half, and far from what it has there. */
	unsigned long where = 0xffffdead0badc0d0ul + lab_zero;

	lab_sink = *(volatile unsigned long *)where;
}

static to_blame void lab_noncanonical(void)
{
	unsigned long where = 0x1122334455667788ul + lab_zero;

	lab_sink = *(volatile unsigned long *)where;
}

static int lab_error_pointer(void *unused)
{
	struct lab_object *object = ERR_PTR(-ENOMEM + (long)lab_zero);

	lab_sink = READ_ONCE(object->before[0]);
	return 0;
}

/* A name that is too long has gone over the pointer behind it. */
static int lab_text(void *unused)
{
	struct {
		char name[8];
		unsigned long *pointer;
	} *object = kzalloc(sizeof(*object), GFP_KERNEL);
	char *name = (char *)object;
	int i;

	for (i = 0; i < 16; i++)
		((volatile char *)name)[i] = "a-name-too-long!"[i];
	lab_sink = READ_ONCE(*object->pointer);
	return 0;
}

static int lab_bit_flip(void *unused)
{
	struct lab_object *object = kmem_cache_zalloc(lab_cache, GFP_KERNEL);
	unsigned long where = (unsigned long)object ^ (1ul << (40 + lab_zero));

	lab_sink = READ_ONCE(((struct lab_object *)where)->value);
	return 0;
}

static to_blame void lab_user_pointer(void)
{
	lab_sink = *(volatile unsigned long *)current->mm->start_stack;
}

static to_blame void lab_list_poison(void)
{
	LIST_HEAD(head);
	struct lab_object *object = kmem_cache_zalloc(lab_cache, GFP_KERNEL);

	list_add(&object->list, &head);
	list_del(&object->list);
	/* Goes on from an entry that is not on the list any more. */
	lab_sink = (unsigned long)READ_ONCE(READ_ONCE(object->list.next)->prev);
}

static int lab_use_after_free(void *unused)
{
	struct lab_object *object = kmem_cache_zalloc(lab_poisoned_cache, GFP_KERNEL);

	kmem_cache_free(lab_poisoned_cache, object);
	lab_sink = READ_ONCE(READ_ONCE(object->next)->value);
	return 0;
}

static to_blame void lab_vmalloc_bounds(void)
{
	volatile char *area = vmalloc(3 * PAGE_SIZE);
	unsigned long i;

	for (i = 0; i <= 3 * PAGE_SIZE + lab_zero; i++)
		area[i] = 1;
}

/* What the kernel finds itself. */

static to_blame void lab_double_free(void)
{
	struct lab_object *object = kmem_cache_zalloc(lab_cache, GFP_KERNEL);

	kmem_cache_free(lab_cache, object);
	kmem_cache_free(lab_cache, object);
	lab_sink = 1;
}

static int lab_list_corruption(void *unused)
{
	LIST_HEAD(head);
	struct lab_object *one = kmem_cache_zalloc(lab_cache, GFP_KERNEL);
	struct lab_object *other = kmem_cache_zalloc(lab_cache, GFP_KERNEL);

	list_add(&one->list, &head);
	list_add(&other->list, &head);
	WRITE_ONCE(one->list.prev, &one->list);
	list_del(&one->list);
	lab_sink = 1;
	return 0;
}

static to_blame void lab_refcount(void)
{
	refcount_t count = REFCOUNT_INIT(1);

	if (refcount_dec_and_test(&count))
		lab_sink = 1;
	if (refcount_dec_and_test(&count))
		lab_sink = 2;
}

static to_blame void lab_usercopy(void)
{
	char *object = kmalloc(64 + lab_zero, GFP_KERNEL);

	if (copy_to_user((void __user *)current->mm->start_stack, object, 200 + lab_zero))
		lab_sink = 1;
}

static to_blame void lab_fortify(void)
{
	static char from[64], to[60];

	memcpy(to, from, 61 + lab_zero);
	lab_sink = to[1];
}

static to_blame void lab_stack_smash(void)
{
	char text[16];
	volatile char *at = text;
	unsigned long i;

	for (i = 0; i < 48 + lab_zero; i++)
		at[i] = 'x';
	lab_sink = text[lab_zero];
}

static to_blame unsigned long lab_recursion(unsigned long depth)
{
	volatile char frame[200];

	frame[depth % sizeof(frame)] = depth;
	if (lab_zero)
		return 0;
	return lab_recursion(depth + 1) + frame[lab_zero];
}

static int lab_stack_overflow(void *unused)
{
	lab_sink = lab_recursion(1);
	return 0;
}

static int lab_stack_end(void *unused)
{
	*end_of_stack(current) = 0x6c6162;
	msleep(10);
	lab_sink = 1;
	return 0;
}

static to_blame void lab_bug(void)
{
	BUG_ON(!lab_zero); /* lab_bug */
}

static to_blame void lab_warn(void)
{
	WARN_ON(!lab_zero); /* lab_warn */
}

static to_blame void lab_panic(void)
{
	panic("lab: the driver cannot go on (%d)", 42);
}

static to_blame void lab_division(void)
{
	lab_sink = 10 / lab_zero;
}

static to_blame void lab_invalid_opcode(void)
{
#ifdef CONFIG_X86
	/* push %es, which 64-bit mode does not have. */
	asm volatile(".byte 0x06");
#elif defined(CONFIG_S390)
	asm volatile(".short 0");
#else
	/* What none of arm64 and RISC-V is ever to have. */
	asm volatile(".long 0");
#endif
	lab_sink = 1;
}

static to_blame void lab_execute_data(void)
{
	static unsigned char data[64] __aligned(64);
	void (*call)(void) = (void *)(data + lab_zero);

	call();
	lab_sink = 1;
}

static to_blame void lab_write_text(void)
{
	*((volatile char *)&msleep + lab_zero) = 0;
}

static int lab_atomic_sleep(void *unused)
{
	static DEFINE_SPINLOCK(lock);

	spin_lock(&lock);
	schedule_timeout_uninterruptible(1);
	spin_unlock(&lock);
	return 0;
}

static to_blame void lab_nmi(void)
{
#ifdef CONFIG_X86
	/* To the other CPU; in xAPIC's mode. */
	void __iomem *apic_page = (void __iomem *)fix_to_virt(FIX_APIC_BASE);
	int other = !raw_smp_processor_id();

	writel(per_cpu(x86_cpu_to_apicid, other) << 24, apic_page + APIC_ICR2);
	writel(APIC_DM_NMI | APIC_DEST_PHYSICAL, apic_page + APIC_ICR);
	ssleep(5);
#endif
}

/* CPUs that are busy for too long. */

static int lab_soft_lockup(void *unused)
{
	preempt_disable();
	while (!lab_zero)
		cpu_relax();
	preempt_enable();
	return 0;
}

static int lab_rcu_stall(void *unused)
{
	rcu_read_lock();
	preempt_disable();
	while (!lab_zero)
		cpu_relax();
	preempt_enable();
	rcu_read_unlock();
	return 0;
}

static DEFINE_SPINLOCK(lab_spin_a);
static DEFINE_SPINLOCK(lab_spin_b);

static int lab_spin_ba(void *unused)
{
	spin_lock(&lab_spin_b);
	mdelay(FIRST_LOCK_MS);
	spin_lock(&lab_spin_a);
	return 0;
}

/* Two spinlocks taken in two orders, each by a CPU of its own. */
static int lab_spin_ab(void *unused)
{
	struct task_struct *other = kthread_create(lab_spin_ba, NULL, "lab-spin-ba");

	if (IS_ERR(other))
		return PTR_ERR(other);
	kthread_bind(other, 0);
	spin_lock(&lab_spin_a);
	wake_up_process(other);
	mdelay(FIRST_LOCK_MS);
	spin_lock(&lab_spin_b);
	lab_sink = 1;
	return 0;
}

/* Tasks that wait for too long; the one that is meant to be found begins to wait first. */

static DEFINE_MUTEX(lab_a);
static DEFINE_MUTEX(lab_b);
static DEFINE_MUTEX(lab_c);
static DECLARE_RWSEM(lab_rwsem);
static DEFINE_MUTEX(lab_held);
static DECLARE_COMPLETION(lab_completion);
static DEFINE_MUTEX(lab_flush);

static int lab_ba(void *unused)
{
	mutex_lock(&lab_b);
	msleep(3 * FIRST_LOCK_MS);
	mutex_lock(&lab_a);
	lab_sink = 1;
	return 0;
}

static int lab_hung_ab(void *unused)
{
	kthread_run(lab_ba, NULL, "lab-ba");
	mutex_lock(&lab_a);
	msleep(FIRST_LOCK_MS);
	mutex_lock(&lab_b);
	lab_sink = 1;
	return 0;
}

static int lab_rwsem_mutex(void *unused)
{
	down_write(&lab_rwsem);
	msleep(3 * FIRST_LOCK_MS);
	mutex_lock(&lab_c);
	lab_sink = 1;
	return 0;
}

static int lab_hung_rwsem(void *unused)
{
	kthread_run(lab_rwsem_mutex, NULL, "lab-rwsem-mutex");
	mutex_lock(&lab_c);
	msleep(FIRST_LOCK_MS);
	down_read(&lab_rwsem);
	lab_sink = 1;
	return 0;
}

static int lab_holder(void *unused)
{
	mutex_lock(&lab_held);
	for (;;)
		ssleep(3600);
	return 0;
}

static int lab_hung_holder(void *unused)
{
	kthread_run(lab_holder, NULL, "lab-holder");
	msleep(FIRST_LOCK_MS);
	mutex_lock(&lab_held);
	lab_sink = 1;
	return 0;
}

static int lab_hung_completion(void *unused)
{
	wait_for_completion(&lab_completion);
	lab_sink = 1;
	return 0;
}

/* Begins to wait more than a second later than who flushes it: the kernel looks once a second. */
static void lab_flushed_work_function(struct work_struct *work)
{
	msleep(5 * FIRST_LOCK_MS);
	mutex_lock(&lab_flush);
	/* Never; but for it the compiler would jump to the former, and this not be on the stack. */
	mutex_unlock(&lab_flush);
}

static DECLARE_WORK(lab_flushed_work, lab_flushed_work_function);

static int lab_hung_flush(void *unused)
{
	mutex_lock(&lab_flush);
	schedule_work(&lab_flushed_work);
	msleep(FIRST_LOCK_MS / 2);
	flush_work(&lab_flushed_work);
	lab_sink = 1;
	return 0;
}

/**
 * struct lab_cause - a way to crash
 * @name: what is written to the parameter
 * @run: does it in the task that wrote
 * @thread: does it in a thread of the kernel, on CPU 1
 */
struct lab_cause {
	const char *name;
	void (*run)(void);
	int (*thread)(void *unused);
};

#define DIRECT(cause) { .name = #cause, .run = lab_##cause }
#define RUN(cause) { .name = #cause, .run = lab_run_##cause }
#define THREAD(cause) { .name = #cause, .thread = lab_##cause }

static const struct lab_cause lab_causes[] = {
	DIRECT(null_read),
	DIRECT(null_write),
	DIRECT(null_call),
	RUN(null_member),
	RUN(null_inode),
	RUN(null_timer),
	RUN(null_work),
	DIRECT(wild),
	DIRECT(noncanonical),
	THREAD(error_pointer),
	THREAD(text),
	THREAD(bit_flip),
	DIRECT(user_pointer),
	DIRECT(list_poison),
	THREAD(use_after_free),
	DIRECT(vmalloc_bounds),
	DIRECT(double_free),
	THREAD(list_corruption),
	DIRECT(refcount),
	DIRECT(usercopy),
	DIRECT(fortify),
	DIRECT(stack_smash),
	THREAD(stack_overflow),
	THREAD(stack_end),
	DIRECT(bug),
	DIRECT(warn),
	DIRECT(panic),
	DIRECT(division),
	DIRECT(invalid_opcode),
	DIRECT(execute_data),
	DIRECT(write_text),
	THREAD(atomic_sleep),
	DIRECT(nmi),
	THREAD(soft_lockup),
	THREAD(rcu_stall),
	THREAD(spin_ab),
	THREAD(hung_ab),
	THREAD(hung_rwsem),
	THREAD(hung_holder),
	THREAD(hung_completion),
	THREAD(hung_flush),
};

static int lab_start(const struct lab_cause *cause)
{
	struct task_struct *task;

	if (cause->run) {
		cause->run();
		return 0;
	}
	task = kthread_create(cause->thread, NULL, "lab-%s", cause->name);
	if (IS_ERR(task))
		return PTR_ERR(task);
	kthread_bind(task, 1);
	wake_up_process(task);
	return 0;
}

static int lab_set(const char *value, const struct kernel_param *parameter)
{
	const struct lab_cause *cause;

	for (cause = lab_causes; cause < lab_causes + ARRAY_SIZE(lab_causes); cause++)
		if (sysfs_streq(value, cause->name))
			return lab_start(cause);
	return -EINVAL;
}

/* The names, one a line. */
static int lab_get(char *buffer, const struct kernel_param *parameter)
{
	const struct lab_cause *cause;
	int length = 0;

	for (cause = lab_causes; cause < lab_causes + ARRAY_SIZE(lab_causes); cause++)
		length += scnprintf(buffer + length, PAGE_SIZE - length, "%s\n", cause->name);
	return length;
}

static const struct kernel_param_ops lab_ops = { .set = lab_set, .get = lab_get };
module_param_cb(cause, &lab_ops, NULL, 0644);
MODULE_PARM_DESC(cause, "how to crash");

static int __init lab_init(void)
{
	lab_cache = kmem_cache_create("lab_object", sizeof(struct lab_object), 0, SLAB_ACCOUNT, NULL);
	lab_poisoned_cache = kmem_cache_create("lab_poisoned", sizeof(struct lab_object), 0,
					       SLAB_POISON | SLAB_STORE_USER, NULL);
	return lab_cache && lab_poisoned_cache ? 0 : -ENOMEM;
}

module_init(lab_init);
MODULE_DESCRIPTION("Ways to crash");
MODULE_LICENSE("Dual MIT/GPL");
