/// Runs `work` over all elements, so many at a time, and keeps their order.
func inParallel<Element: Sendable, Value: Sendable>(
    _ elements: [Element], width: Int,
    _ work: @escaping @Sendable (_ lane: Int, Element) async throws -> Value
) async throws -> [Value] {
    try await withThrowingTaskGroup(of: [(Int, Value)].self) { group in
        for lane in 0..<min(width, elements.count) {
            group.addTask {
                var values: [(Int, Value)] = []
                for index in stride(from: lane, to: elements.count, by: width) {
                    values.append((index, try await work(lane, elements[index])))
                }
                return values
            }
        }
        var all: [(Int, Value)] = []
        for try await part in group { all += part }
        return all.sorted { $0.0 < $1.0 }.map(\.1)
    }
}
