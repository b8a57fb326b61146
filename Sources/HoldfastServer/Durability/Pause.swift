internal import Glibc

/// Short sleeps of threads that are nobody's reactor.
enum Pause {
    static func microseconds(_ count: UInt32) { _ = usleep(count) }
}
