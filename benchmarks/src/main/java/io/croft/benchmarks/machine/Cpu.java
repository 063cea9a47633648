package io.croft.benchmarks.machine;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** The time that processors spent, which other work on the machine disturbs less than the clock. */
public final class Cpu {

    private Cpu() {
    }

    /** Of this thread so far. */
    public static long ofThreadNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    /** Of all threads of this process so far, the compiler's and the collector's included. */
    public static long ofProcessNanos() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
    }
}
