pub struct Handles;
