import CHoldfastProto
import CProtobufC
import Foundation
import HoldfastWire

/// Renders a body as protobuf's JSON with the proto's field names, through protobuf-c's descriptors:
/// 64-bit numbers as strings, bytes in base64, enums by name, defaults left out.
enum ProtoJSON {
    /// Nil: protobuf-c cannot unpack the body.
    static func render(_ body: [UInt8], _ descriptor: MessageDescriptor) -> [String: Any]? {
        guard let message = protobuf_c_message_unpack(descriptor, nil, body.count, body) else {
            return nil
        }
        defer { protobuf_c_message_free_unpacked(message, nil) }
        return Self.object(UnsafeRawPointer(message), descriptor)
    }

    /// One spelling of a JSON value, to compare two.
    static func canonical(_ object: Any) throws -> String {
        let data = try JSONSerialization.data(withJSONObject: object, options: .sortedKeys)
        return String(decoding: data, as: UTF8.self)
    }

    private static func object(
        _ message: UnsafeRawPointer, _ descriptor: MessageDescriptor
    ) -> [String: Any] {
        var object: [String: Any] = [:]
        for index in 0..<Int(descriptor.pointee.n_fields) {
            let field = descriptor.pointee.fields[index]
            let name = String(cString: field.name)
            let member = message + Int(field.offset)
            if field.label == PROTOBUF_C_LABEL_REPEATED {
                let count = (message + Int(field.quantifier_offset)).load(as: Int.self)
                guard count > 0 else { continue }
                // Only pointers are repeated in the messages of holdfast.v1.
                let list = member.load(as: UnsafePointer<UnsafeRawPointer>.self)
                let values = (0..<count).map { item in
                    withUnsafePointer(to: list[item]) {
                        Self.value(UnsafeRawPointer($0), field) ?? ""
                    }
                }
                object[name] = Self.isMap(field) ? Self.map(values) : values
                continue
            }
            let isOneof = field.flags & PROTOBUF_C_FIELD_FLAG_ONEOF.rawValue != 0
            if isOneof {
                let which = (message + Int(field.quantifier_offset)).load(as: UInt32.self)
                guard which == field.id else { continue }
            }
            if let value = Self.value(member, field) { object[name] = value }
        }
        return object
    }

    private static func isMap(_ field: ProtobufCFieldDescriptor) -> Bool {
        guard field.type == PROTOBUF_C_TYPE_MESSAGE else { return false }
        let inner = field.descriptor.assumingMemoryBound(to: ProtobufCMessageDescriptor.self)
        // As protoc makes them of a map; a message of ours may be named so, too.
        return String(cString: inner.pointee.short_name).hasSuffix("Entry")
            && inner.pointee.n_fields == 2
            && String(cString: inner.pointee.fields[0].name) == "key"
    }

    private static func map(_ entries: [Any]) -> [String: Any] {
        var object: [String: Any] = [:]
        for case let entry as [String: Any] in entries {
            object[entry["key"] as? String ?? ""] = entry["value"] ?? ""
        }
        return object
    }

    /// Nil: the default.
    private static func value(
        _ member: UnsafeRawPointer, _ field: ProtobufCFieldDescriptor
    ) -> Any? {
        switch field.type {
        case PROTOBUF_C_TYPE_STRING:
            let text = String(cString: member.load(as: UnsafePointer<CChar>.self))
            return text.isEmpty ? nil : text
        case PROTOBUF_C_TYPE_BYTES:
            let data = member.load(as: ProtobufCBinaryData.self)
            guard data.len > 0 else { return nil }
            return Data(bytes: data.data, count: data.len).base64EncodedString()
        case PROTOBUF_C_TYPE_MESSAGE:
            guard let inner = member.load(as: UnsafeRawPointer?.self) else { return nil }
            let descriptor = field.descriptor.assumingMemoryBound(
                to: ProtobufCMessageDescriptor.self)
            return Self.object(inner, descriptor)
        case PROTOBUF_C_TYPE_BOOL:
            return member.load(as: Int32.self) != 0 ? true : nil
        case PROTOBUF_C_TYPE_ENUM:
            let number = member.load(as: Int32.self)
            let descriptor = field.descriptor.assumingMemoryBound(to: ProtobufCEnumDescriptor.self)
            guard number != 0 else { return nil }
            let value = protobuf_c_enum_descriptor_get_value(descriptor, number)
            return value.map { String(cString: $0.pointee.name) } ?? "\(number)"
        case PROTOBUF_C_TYPE_UINT32:
            let number = member.load(as: UInt32.self)
            return number == 0 ? nil : Int(number)
        case PROTOBUF_C_TYPE_INT64:
            let number = member.load(as: Int64.self)
            return number == 0 ? nil : "\(number)"
        case PROTOBUF_C_TYPE_UINT64, PROTOBUF_C_TYPE_FIXED64:
            let number = member.load(as: UInt64.self)
            return number == 0 ? nil : "\(number)"
        default:
            preconditionFailure("no message of holdfast.v1 has a field of this type")
        }
    }
}
