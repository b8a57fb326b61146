import Foundation

/// What this machine lets a test do. Each answer is a reason why not; nil: it can.
enum Machine {
    /// strace may attach to a process of ours.
    static let canTrace: Bool = {
        let sleeper = Process()
        sleeper.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        sleeper.arguments = ["sleep", "30"]
        guard (try? sleeper.run()) != nil else { return false }
        defer { kill(sleeper.processIdentifier, SIGKILL) }
        let tracer = Process()
        tracer.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        tracer.arguments = [
            "strace", "-f", "-q", "-p", "\(sleeper.processIdentifier)", "-o", "/dev/null",
        ]
        tracer.standardError = FileHandle.nullDevice
        guard (try? tracer.run()) != nil else { return false }
        defer { kill(tracer.processIdentifier, SIGKILL) }
        for _ in 0..<2_000 {
            let status =
                (try? String(
                    contentsOfFile: "/proc/\(sleeper.processIdentifier)/status", encoding: .utf8))
                ?? ""
            if status.contains("TracerPid:\t\(tracer.processIdentifier)\n") { return true }
            if !tracer.isRunning { return false }
            usleep(10_000)
        }
        return false
    }()

    /// A tmpfs may be mounted.
    static let canMount: Bool = {
        guard let mount = try? SmallDisk(megabytes: 1) else { return false }
        mount.remove()
        return true
    }()
}

/// A tmpfs of its own. Gone with this object.
final class SmallDisk {
    struct Failure: Error { let description: String }

    let path: String
    private var isMounted = false

    init(megabytes: Int) throws {
        self.path =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("holdfast-disk-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: self.path, withIntermediateDirectories: false)
        let result = try Binary.system([
            "mount", "-t", "tmpfs", "-o", "size=\(megabytes)m,mode=0700", "none", self.path,
        ])
        guard result.status == 0 else {
            try? FileManager.default.removeItem(atPath: self.path)
            throw Failure(description: result.standardError)
        }
        self.isMounted = true
    }

    func remove() {
        guard self.isMounted else { return }
        self.isMounted = false
        _ = try? Binary.system(["umount", self.path])
        try? FileManager.default.removeItem(atPath: self.path)
    }

    deinit { self.remove() }
}
