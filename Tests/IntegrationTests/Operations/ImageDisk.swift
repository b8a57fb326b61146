import Foundation

/// An ext4 file system in a file, on a loop device: its blocks can be copied as those of a volume. Gone with this object.
final class ImageDisk {
    struct Failure: Error, CustomStringConvertible { let description: String }

    /// Nothing is written back by itself while a test looks: only what is synced reaches the image.
    private static let options = "loop,commit=300"

    /// One may be made and mounted here.
    static let isPossible: Bool = (try? ImageDisk(megabytes: 16)) != nil

    let image: String
    /// Where it is mounted.
    let path: String
    private var isMounted = false

    /// A new one.
    convenience init(megabytes: Int) throws {
        let image = Self.newPath("img")
        do {
            try Self.run("truncate", "-s", "\(megabytes)M", image)
            try Self.run("mkfs.ext4", "-q", "-F", image)
        } catch {
            try? FileManager.default.removeItem(atPath: image)
            throw error
        }
        try self.init(image: image)
    }

    /// Mounts an image, which is removed with this object.
    init(image: String) throws {
        self.image = image
        self.path = Self.newPath("mnt")
        do {
            try FileManager.default.createDirectory(
                atPath: self.path, withIntermediateDirectories: false)
            try Self.run("mount", "-o", Self.options, image, self.path)
        } catch {
            self.removeFiles()
            throw error
        }
        self.isMounted = true
    }

    deinit { self.remove() }

    func remove() {
        guard self.isMounted else { return }
        self.isMounted = false
        try? Self.run("umount", self.path)
        self.removeFiles()
    }

    private func removeFiles() {
        try? FileManager.default.removeItem(atPath: self.path)
        try? FileManager.default.removeItem(atPath: self.image)
    }

    // MARK: Copies

    /// The blocks at one instant, as a volume manager takes them: the file system writes out what it has and holds every
    /// write back meanwhile.
    func copyFrozen() throws -> String {
        try Self.run("fsfreeze", "-f", self.path)
        defer { try? Self.run("fsfreeze", "-u", self.path) }
        return try self.copy()
    }

    /// The blocks as a power cut leaves them: what was synced, and nothing else. The process that writes here stands
    /// still meanwhile.
    func copyUnflushed(of process: pid_t) throws -> String {
        kill(process, SIGSTOP)
        defer { kill(process, SIGCONT) }
        // A thread stops when its system call is over.
        for _ in 0..<10_000 {
            if Self.isStopped(process) { return try self.copy() }
            usleep(1_000)
        }
        throw Failure(description: "it does not stop")
    }

    private func copy() throws -> String {
        let target = Self.newPath("img")
        try Self.run("cp", "--sparse=always", self.image, target)
        return target
    }

    private static func isStopped(_ process: pid_t) -> Bool {
        let folder = "/proc/\(process)/task"
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return !threads.isEmpty
            && threads.allSatisfy { thread in
                let text =
                    (try? String(contentsOfFile: "\(folder)/\(thread)/stat", encoding: .utf8))
                // "12 (name) T …"
                let state = text?.split(separator: ")").last?.dropFirst().first
                return state == "T"
            }
    }

    /// In memory where there is such a place: a busy disk below would be waited for with every sync.
    private static func newPath(_ suffix: String) -> String {
        let shared = "/dev/shm"
        let folder =
            access(shared, W_OK) == 0
            ? URL(fileURLWithPath: shared) : FileManager.default.temporaryDirectory
        return folder.appendingPathComponent("holdfast-disk-\(UUID().uuidString).\(suffix)").path
    }

    private static func run(_ words: String...) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        process.environment = ProcessInfo.processInfo.environment.merging([
            "PATH": "/usr/sbin:/sbin:/usr/bin:/bin"
        ]) { $1 }
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "\(words): status \(process.terminationStatus)")
        }
    }
}
