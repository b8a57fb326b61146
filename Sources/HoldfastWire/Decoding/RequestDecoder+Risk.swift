internal import CHoldfastProto
internal import HoldfastEngine

extension RequestDecoder {
    static func readRiskLog(
        _ message: Holdfast__V1__ReadRiskLogRequest, _ check: inout FieldCheck
    ) -> Decoded? {
        let user = check.reference(message.user_id, FieldPath("user_id"))
        let token = check.reference(message.page_token, FieldPath("page_token"))
        var query = RiskLogQuery(
            userID: user, pageSize: Self.pageSize(message.page_size), part: 0, below: .max)
        if !token.isEmpty {
            guard let place = RiskLogToken.parse(token) else {
                check.add(FieldPath("page_token"), "must be the next_page_token of an answer")
                return nil
            }
            query.part = place.part
            query.below = place.below
        }
        return .readRiskLog(query)
    }
}

/// A place in the log as a page token: `part-below`.
package enum RiskLogToken {
    package static func text(part: Int, below: Int) -> String {
        below == .max ? "\(part)" : "\(part)-\(below)"
    }

    static func parse(_ token: ByteView) -> (part: Int, below: Int)? {
        let parts = String(decoding: token.buffer, as: UTF8.self).split(
            separator: "-", omittingEmptySubsequences: false)
        guard let part = Self.number(parts[0]), part < 16, parts.count <= 2 else { return nil }
        if parts.count == 1 { return (part, .max) }
        guard let below = Self.number(parts[1]) else { return nil }
        return (part, below)
    }

    private static func number(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }
}
