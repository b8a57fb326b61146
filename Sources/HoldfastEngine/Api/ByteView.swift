/// A borrowed run of bytes: a pointer and a count, no owner.
///
/// Ids and references travel as views into a call's own memory (a frame or an arena) and out again as views
/// into the engine's tables. Trivial on purpose, so that a command costs no reference counting.
/// A view out of the engine stays valid for the life of the process: id bytes never move.
package struct ByteView: @unchecked Sendable {
    package let base: UnsafePointer<UInt8>
    package let count: Int

    @inlinable
    package init(base: UnsafePointer<UInt8>, count: Int) {
        self.base = base
        self.count = count
    }

    /// No bytes. Stands for "absent" where a value must have at least one byte. Its address is never read: a constant,
    /// since a lazy global costs a check at each use.
    @inlinable
    package static var empty: ByteView {
        ByteView(base: UnsafePointer(bitPattern: 16).unsafelyUnwrapped, count: 0)
    }

    @inlinable
    package var isEmpty: Bool { self.count == 0 }

    @inlinable
    package subscript(index: Int) -> UInt8 { self.base[index] }

    @inlinable
    package var buffer: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: self.base, count: self.count)
    }

    /// Equality as bytes, never as Unicode text.
    @inlinable
    package func equals(_ other: ByteView) -> Bool {
        guard self.count == other.count else { return false }
        var index = 0
        while index &+ 8 <= self.count {
            let left = UnsafeRawPointer(self.base + index).loadUnaligned(as: UInt64.self)
            let right = UnsafeRawPointer(other.base + index).loadUnaligned(as: UInt64.self)
            if left != right { return false }
            index &+= 8
        }
        while index < self.count {
            if self.base[index] != other.base[index] { return false }
            index &+= 1
        }
        return true
    }

    /// Byte order, the order of lists and page tokens.
    package func precedes(_ other: ByteView) -> Bool {
        self.buffer.lexicographicallyPrecedes(other.buffer)
    }
}
