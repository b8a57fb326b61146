import CHoldfastProto
import CProtobufC
import HoldfastWire

/// Renders a body as one line of text through protobuf-c's descriptors, so that tests can say what they expect:
/// `outcome: 1 lines { product_id: "a" quantity: 2 }`. Default values are left out.
enum ProtoText {
    /// Nil: protobuf-c cannot unpack the body.
    static func render(_ body: [UInt8], _ descriptor: MessageDescriptor) -> String? {
        guard let message = protobuf_c_message_unpack(descriptor, nil, body.count, body) else {
            return nil
        }
        defer { protobuf_c_message_free_unpacked(message, nil) }
        return Self.text(UnsafeRawPointer(message), descriptor)
    }

    private static func text(_ message: UnsafeRawPointer, _ descriptor: MessageDescriptor) -> String
    {
        var parts: [String] = []
        for index in 0..<Int(descriptor.pointee.n_fields) {
            let field = descriptor.pointee.fields[index]
            let name = String(cString: field.name)
            let member = message + Int(field.offset)
            if field.label == PROTOBUF_C_LABEL_REPEATED {
                let count = (message + Int(field.quantifier_offset)).load(as: Int.self)
                guard count > 0 else { continue }
                // Only pointers are repeated in the messages of holdfast.v1.
                let list = member.load(as: UnsafePointer<UnsafeRawPointer>.self)
                for item in 0..<count {
                    withUnsafePointer(to: list[item]) {
                        parts.append(
                            Self.value(UnsafeRawPointer($0), field, name) ?? "\(name): \"\"")
                    }
                }
                continue
            }
            if field.flags & PROTOBUF_C_FIELD_FLAG_ONEOF.rawValue != 0 {
                let which = (message + Int(field.quantifier_offset)).load(as: UInt32.self)
                guard which == field.id else { continue }
            }
            if let value = Self.value(member, field, name) { parts.append(value) }
        }
        return parts.joined(separator: " ")
    }

    /// Nil: the default.
    private static func value(
        _ member: UnsafeRawPointer, _ field: ProtobufCFieldDescriptor, _ name: String
    ) -> String? {
        switch field.type {
        case PROTOBUF_C_TYPE_STRING:
            let text = String(cString: member.load(as: UnsafePointer<CChar>.self))
            return text.isEmpty ? nil : "\(name): \"\(text)\""
        case PROTOBUF_C_TYPE_BYTES:
            let data = member.load(as: ProtobufCBinaryData.self)
            guard data.len > 0 else { return nil }
            return "\(name): 0x" + Hex.text(UnsafeBufferPointer(start: data.data, count: data.len))
        case PROTOBUF_C_TYPE_MESSAGE:
            guard let inner = member.load(as: UnsafeRawPointer?.self) else { return nil }
            let descriptor = field.descriptor.assumingMemoryBound(
                to: ProtobufCMessageDescriptor.self)
            let text = Self.text(inner, descriptor)
            return text.isEmpty ? "\(name) { }" : "\(name) { \(text) }"
        case PROTOBUF_C_TYPE_BOOL:
            return member.load(as: Int32.self) != 0 ? "\(name): true" : nil
        case PROTOBUF_C_TYPE_ENUM:
            let number = member.load(as: Int32.self)
            return number == 0 ? nil : "\(name): \(Self.enumName(number, field))"
        case PROTOBUF_C_TYPE_UINT32:
            let number = member.load(as: UInt32.self)
            return number == 0 ? nil : "\(name): \(number)"
        case PROTOBUF_C_TYPE_INT64:
            let number = member.load(as: Int64.self)
            return number == 0 ? nil : "\(name): \(number)"
        case PROTOBUF_C_TYPE_UINT64, PROTOBUF_C_TYPE_FIXED64:
            let number = member.load(as: UInt64.self)
            return number == 0 ? nil : "\(name): \(number)"
        default:
            preconditionFailure("no message of holdfast.v1 has a field of this type")
        }
    }

    private static func enumName(_ number: Int32, _ field: ProtobufCFieldDescriptor) -> String {
        let descriptor = field.descriptor.assumingMemoryBound(to: ProtobufCEnumDescriptor.self)
        guard let value = protobuf_c_enum_descriptor_get_value(descriptor, number) else {
            return "\(number)"
        }
        return String(cString: value.pointee.name)
    }
}

enum Hex {
    static func text(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    /// Bytes of hex digits; anything else is skipped.
    static func bytes(_ text: some StringProtocol) -> [UInt8] {
        let digits = text.compactMap(\.hexDigitValue)
        precondition(digits.count % 2 == 0)
        return stride(from: 0, to: digits.count, by: 2).map {
            UInt8(digits[$0] << 4 | digits[$0 + 1])
        }
    }
}
