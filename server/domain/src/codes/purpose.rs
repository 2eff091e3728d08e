//! What a seeker's data may be used for. Each purpose is agreed to on its own; none at all makes a
//! guest, who is served all the same (个人信息保护法 arts. 13–16).

code_table! {
    /// A purpose to which a seeker may agree.
    Purpose: u8 {
        Matching = 1, "matching", "推荐合适的岗位", "Suggesting suitable postings";
        Contact = 2, "contact", "登记联系方式，便于回访", "Keeping contact details for a call back";
    }
}
