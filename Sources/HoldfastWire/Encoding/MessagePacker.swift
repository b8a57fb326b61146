internal import CProtobufC
internal import HoldfastEngine

/// Lends protobuf-c's messages their parts out of an arena, and packs them. Answers are bounded by our own limits,
/// so nothing here can fail.
package enum MessagePacker {
    /// Copies bytes as a C string. Ids and names hold no NUL: the wire layer refused those on their way in.
    static func text(_ view: ByteView, _ arena: inout Arena) -> UnsafeMutablePointer<CChar> {
        let room = arena.allocateForAnswer(view.count + 1, alignment: 1)
        room.copyMemory(from: view.base, byteCount: view.count)
        room.storeBytes(of: 0, toByteOffset: view.count, as: UInt8.self)
        return room.bindMemory(to: CChar.self, capacity: view.count + 1)
    }

    static func text(_ text: String, _ arena: inout Arena) -> UnsafeMutablePointer<CChar> {
        var text = text
        return text.withUTF8 { utf8 in
            let room = arena.allocateForAnswer(utf8.count + 1, alignment: 1)
            if let base = utf8.baseAddress {
                room.copyMemory(from: base, byteCount: utf8.count)
            }
            room.storeBytes(of: 0, toByteOffset: utf8.count, as: UInt8.self)
            return room.bindMemory(to: CChar.self, capacity: utf8.count + 1)
        }
    }

    /// Borrows bytes; protobuf-c only reads them while it packs.
    static func bytes(_ view: ByteView) -> ProtobufCBinaryData {
        ProtobufCBinaryData(len: view.count, data: UnsafeMutablePointer(mutating: view.base))
    }

    /// Room for `count` pointers to sub-messages, and the sub-messages behind them, uninitialised.
    static func list<Message>(
        _ type: Message.Type, count: Int, _ arena: inout Arena
    ) -> UnsafeMutablePointer<UnsafeMutablePointer<Message>?> {
        let pointers = arena.allocateAnswerArray(UnsafeMutablePointer<Message>?.self, count: count)
        let messages = arena.allocateAnswerArray(type, count: count)
        for index in 0..<count { (pointers + index).initialize(to: messages + index) }
        return pointers
    }

    /// Bytes of a message when packed. `Message` is one of the generated structs, which begin with their base.
    package static func packedByteCount<Message>(_ message: inout Message) -> Int {
        withUnsafePointer(to: &message) { message in
            protobuf_c_message_get_packed_size(
                UnsafeRawPointer(message).assumingMemoryBound(to: ProtobufCMessage.self))
        }
    }

    /// Packs a message; traps if it does not fit into `byteCountMax`.
    package static func pack<Message>(
        _ message: inout Message, to room: UnsafeMutableRawPointer, byteCountMax: Int
    ) -> Int {
        let byteCount = Self.packedByteCount(&message)
        precondition(byteCount <= byteCountMax, "an answer is larger than its bound")
        return withUnsafePointer(to: &message) { message in
            protobuf_c_message_pack(
                UnsafeRawPointer(message).assumingMemoryBound(to: ProtobufCMessage.self),
                room.assumingMemoryBound(to: UInt8.self))
        }
    }

    /// A whole frame as an array, for what is sent once a connection.
    static func frame<Message>(_ kind: FrameKind, callID: UInt32 = 0, _ message: inout Message)
        -> [UInt8]
    {
        let byteCount = Self.packedByteCount(&message)
        let header = FrameHeader(kind: kind, callID: callID, bodyByteCount: byteCount)
        return [UInt8](unsafeUninitializedCapacity: header.frameByteCount) { room, used in
            let base = UnsafeMutableRawPointer(room.baseAddress!)  // The capacity is never 0.
            header.write(to: base)
            used =
                FrameHeader.byteCount
                + Self.pack(
                    &message, to: base + FrameHeader.byteCount, byteCountMax: byteCount)
        }
    }
}
