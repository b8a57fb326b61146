import Glibc

/// A file that takes all the space that is left on a small file system.
final class Ballast: Sendable {
    private let path: String

    /// Larger file systems are not for filling.
    private static let byteCountMax = 4 << 30

    init(besides dataPath: String) throws {
        let folder = dataPath[..<(dataPath.lastIndex(of: "/") ?? dataPath.startIndex)]
        self.path = "\(folder)/ballast"
        let file = open(self.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw LoadError("cannot make \(self.path)") }
        defer { close(file) }
        // In ever smaller pieces, so that no page is left.
        var pieceBytes = 1 << 20
        let piece = [UInt8](repeating: 0xB5, count: pieceBytes)
        var written = 0
        while pieceBytes >= 4_096 {
            guard written < Self.byteCountMax else {
                unlink(self.path)
                throw LoadError("\(folder) is too large to be filled")
            }
            let count = write(file, piece, pieceBytes)
            if count > 0 { written += count } else { pieceBytes /= 2 }
        }
    }

    func remove() {
        unlink(self.path)
    }
}
