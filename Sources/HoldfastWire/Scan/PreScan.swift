package import CProtobufC
internal import HoldfastEngine

/// Why a body is refused before it is unpacked.
package enum PreScanProblem: UInt8, Sendable {
    /// Cut off, a varint of more than 64 bits, a bad tag, a group.
    case malformed
    case tooManyFields
    case tooDeep
    /// A varint that does not fit its field's type, which protobuf-c would cut off in silence.
    case varintTooWide
    /// A singular field twice, or two members of a oneof.
    case doubled
    case badUTF8
    case wrongWireType
}

/// A refused body: what is wrong and at which byte of the body.
package struct PreScanFault {
    package var problem: PreScanProblem
    package var byteOffset: Int
    /// The field it concerns, in the generated descriptors; nil where there is none.
    package var field: UnsafePointer<ProtobufCFieldDescriptor>?
}

/// One pass over a body before protobuf-c sees it: protobuf-c bounds neither depth nor memory, cuts off wide varints,
/// takes the last of doubled fields and passes any bytes for text. Walks the generated descriptors;
/// allocates nothing; reads each byte once.
package enum PreScan {
    /// Fields of one body, nested ones included.
    package static let fieldsMax = 256
    /// Rows of one Preload chunk.
    package static let preloadRowsMax = 20_000
    /// Fields of one Preload body: each row is one field and has six.
    package static let preloadFieldsMax = Self.preloadRowsMax * 7 + Self.fieldsMax
    /// Fields of one change of the blacklist: 100 rows of seven, and room for what a newer client adds.
    package static let blacklistFieldsMax = 2_048

    /// Fields of one body of a method.
    static func fieldsMax(of method: Method) -> Int {
        switch method {
        case .preload: self.preloadFieldsMax
        case .blacklistAdd, .blacklistRemove: self.blacklistFieldsMax
        default: self.fieldsMax
        }
    }

    /// Messages inside each other, the body itself counted.
    package static let depthMax = 4

    /// Nil: the body can be unpacked.
    package static func check(
        _ body: UnsafeRawBufferPointer, descriptor: MessageDescriptor,
        fieldsMax: Int = PreScan.fieldsMax
    ) -> PreScanFault? {
        let reader = WireReader(body)
        var scan = Scan(start: reader.position, fieldsLeft: fieldsMax)
        return scan.message(reader, descriptor: descriptor, depth: 1) ? nil : scan.fault
    }
}

private typealias FieldDescriptor = UnsafePointer<ProtobufCFieldDescriptor>

private struct Scan {
    let start: UnsafePointer<UInt8>
    var fieldsLeft: Int
    var fault: PreScanFault?

    init(start: UnsafePointer<UInt8>, fieldsLeft: Int) {
        self.start = start
        self.fieldsLeft = fieldsLeft
    }

    mutating func message(
        _ bytes: WireReader, descriptor: MessageDescriptor, depth: Int
    ) -> Bool {
        var reader = bytes
        // Bit n: the descriptor's field n was seen. A test holds every message to 64 fields.
        var seen: UInt64 = 0
        while !reader.atEnd {
            let at = reader.position
            guard let tag = reader.readTag() else { return self.fail(.malformed, at: at) }
            self.fieldsLeft -= 1
            guard self.fieldsLeft >= 0 else { return self.fail(.tooManyFields, at: at) }
            guard let field = protobuf_c_message_descriptor_get_field(descriptor, tag.field) else {
                // A newer client's field: skipped, as protobuf does.
                guard reader.skip(tag.wireType) else { return self.fail(.malformed, at: at) }
                continue
            }
            guard tag.wireType == Self.wireType(of: field) else {
                return self.fail(.wrongWireType, at: at, field)
            }
            if field.pointee.label != PROTOBUF_C_LABEL_REPEATED {
                guard Self.claim(field, of: descriptor, in: &seen) else {
                    return self.fail(.doubled, at: at, field)
                }
            }
            guard self.value(&reader, field: field, at: at, depth: depth) else { return false }
        }
        return true
    }

    private mutating func value(
        _ reader: inout WireReader, field: FieldDescriptor, at: UnsafePointer<UInt8>, depth: Int
    ) -> Bool {
        switch Self.wireType(of: field) {
        case .fixed64:
            return reader.skipFixed(8) || self.fail(.malformed, at: at, field)
        case .fixed32:
            return reader.skipFixed(4) || self.fail(.malformed, at: at, field)
        case .varint:
            guard let value = reader.readVarint() else {
                return self.fail(.malformed, at: at, field)
            }
            return Self.fits(value, field.pointee.type)
                || self.fail(.varintTooWide, at: at, field)
        case .lengthDelimited:
            guard let bytes = reader.readLengthDelimited() else {
                return self.fail(.malformed, at: at, field)
            }
            if field.pointee.type == PROTOBUF_C_TYPE_STRING {
                return TextCheck.isWellFormed(bytes) || self.fail(.badUTF8, at: at, field)
            }
            guard field.pointee.type == PROTOBUF_C_TYPE_MESSAGE else { return true }
            guard depth < PreScan.depthMax else { return self.fail(.tooDeep, at: at, field) }
            let inner = field.pointee.descriptor.assumingMemoryBound(
                to: ProtobufCMessageDescriptor.self)
            return self.message(WireReader(bytes), descriptor: inner, depth: depth + 1)
        }
    }

    /// Marks a singular field, or its whole oneof; false if it was marked before.
    private static func claim(
        _ field: FieldDescriptor, of descriptor: MessageDescriptor, in seen: inout UInt64
    ) -> Bool {
        let fields: FieldDescriptor = descriptor.pointee.fields
        let index = field - fields
        let before = seen
        seen |= 1 << UInt64(index)
        guard field.pointee.flags & PROTOBUF_C_FIELD_FLAG_ONEOF.rawValue != 0 else {
            return before & (1 << UInt64(index)) == 0
        }
        for other in 0..<Int(descriptor.pointee.n_fields) {
            let isMember =
                fields[other].flags & PROTOBUF_C_FIELD_FLAG_ONEOF.rawValue != 0
                && fields[other].quantifier_offset == field.pointee.quantifier_offset
            if isMember && before & (1 << UInt64(other)) != 0 { return false }
        }
        return true
    }

    private static func fits(_ value: UInt64, _ type: ProtobufCType) -> Bool {
        switch type {
        case PROTOBUF_C_TYPE_BOOL: value <= 1
        case PROTOBUF_C_TYPE_UINT32, PROTOBUF_C_TYPE_SINT32: value <= UInt64(UInt32.max)
        case PROTOBUF_C_TYPE_INT32, PROTOBUF_C_TYPE_ENUM:
            Int32(exactly: Int64(bitPattern: value)) != nil
        default: true
        }
    }

    /// What a field of this type has on the wire. No request has packed fields; a test says so.
    private static func wireType(of field: FieldDescriptor) -> WireType {
        switch field.pointee.type {
        case PROTOBUF_C_TYPE_FIXED64, PROTOBUF_C_TYPE_SFIXED64, PROTOBUF_C_TYPE_DOUBLE: .fixed64
        case PROTOBUF_C_TYPE_FIXED32, PROTOBUF_C_TYPE_SFIXED32, PROTOBUF_C_TYPE_FLOAT: .fixed32
        case PROTOBUF_C_TYPE_STRING, PROTOBUF_C_TYPE_BYTES, PROTOBUF_C_TYPE_MESSAGE:
            .lengthDelimited
        default: .varint
        }
    }

    private mutating func fail(
        _ problem: PreScanProblem, at: UnsafePointer<UInt8>, _ field: FieldDescriptor? = nil
    ) -> Bool {
        self.fault = PreScanFault(problem: problem, byteOffset: at - self.start, field: field)
        return false
    }
}
