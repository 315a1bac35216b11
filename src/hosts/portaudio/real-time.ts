// Runs in audio threads only.
import koffi from "koffi";

/** Round robin among equals; the bit that keeps children of the process from inheriting it is added (sched(7)). */
const SCHED_OTHER = 0;
const SCHED_RR = 2;
const SCHED_RESET_ON_FORK = 0x4000_0000;
/** Low among the real-time priorities (1 to 99): above all ordinary threads, below sound servers. */
const PRIORITY = 5;
/** QOS_CLASS_USER_INTERACTIVE and QOS_CLASS_DEFAULT of macOS's sys/qos.h. */
const QOS_USER_INTERACTIVE = 0x21;
const QOS_DEFAULT = 0x15;
/** THREAD_PRIORITY_TIME_CRITICAL and THREAD_PRIORITY_NORMAL of Windows' processthreadsapi.h. */
const TIME_CRITICAL = 15;
const NORMAL = 0;

/**
 * Asks the system to run the calling thread before all ordinary ones, and returns whether it does. Linux grants it to
 * root and within RLIMIT_RTPRIO (`ulimit -r`); macOS and Windows have no limit for what is asked here.
 */
export function requestRealTimePriority(): boolean {
  return setPriority(SCHED_RR, PRIORITY, QOS_USER_INTERACTIVE, TIME_CRITICAL);
}

/** Makes the calling thread an ordinary one again. */
export function releaseRealTimePriority(): void {
  setPriority(SCHED_OTHER, 0, QOS_DEFAULT, NORMAL);
}

function setPriority(policy: number, priority: number, qos: number, windows: number): boolean {
  try {
    switch (process.platform) {
      case "linux": {
        // Thread 0 is the caller's own.
        const call = koffi
          .load(null)
          .func("int sched_setscheduler(int pid, int policy, const void *param)");
        return call(0, policy | SCHED_RESET_ON_FORK, new Int32Array([priority])) === 0;
      }
      case "darwin": {
        const call = koffi
          .load(null)
          .func("int pthread_set_qos_class_self_np(uint32_t qos, int relative)");
        return call(qos, 0) === 0;
      }
      case "win32": {
        const kernel = koffi.load("kernel32.dll");
        const thread: unknown = kernel.func("void *GetCurrentThread()")();
        const call = kernel.func("int SetThreadPriority(void *thread, int priority)");
        return call(thread, windows) !== 0;
      }
      default:
        return false;
    }
  } catch {
    // A system without the function grants nothing.
    return false;
  }
}
