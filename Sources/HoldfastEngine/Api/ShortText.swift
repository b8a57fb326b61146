/// Up to 64 bytes of text in place: for what outlives the call that brought it and the record that it stood in.
package struct ShortText: Sendable {
    private var byteCount: UInt8 = 0
    private var bytes = InlineArray<64, UInt8>(repeating: 0)

    /// Bytes of the text as it lies in memory begin here.
    static var bytesOffset: Int { 1 }

    package init() {}

    package init(_ view: ByteView) {
        precondition(view.count <= 64, "a text that the wire layer refuses")
        self.byteCount = UInt8(view.count)
        for index in 0..<view.count { self.bytes[index] = view[index] }
    }

    package var count: Int { Int(self.byteCount) }

    /// Copies the text into room for 64 bytes and lends it from there.
    package func copy(to room: UnsafeMutablePointer<UInt8>) -> ByteView {
        for index in 0..<self.count { room[index] = self.bytes[index] }
        return ByteView(base: UnsafePointer(room), count: self.count)
    }

    /// The text in UTF-8.
    package var text: String {
        String(decoding: (0..<self.count).map { self.bytes[$0] }, as: UTF8.self)
    }
}
