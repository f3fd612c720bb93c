//! The examples in the table of primitives hold.

use quill::eval::Session;
use quill::value::Host;
use quill::value::compare::matches;

#[test]
fn every_example_matches_what_it_says() {
    let mut wrong = vec![];
    let mut count = 0;
    for v in quill::verb::all() {
        for (expression, expected) in v.examples {
            count += 1;
            let mut s = Session::new();
            let got = s.eval_text(expression);
            let want = s.eval_text(expected);
            match (&got, &want) {
                (Ok(a), Ok(b)) if matches(a, b) => {}
                (Ok(a), Ok(b)) => {
                    wrong.push(format!("{}: {expression} is {}, not {}", v.name, s.render(a), s.render(b)));
                }
                (a, b) => wrong.push(format!(
                    "{}: {expression} / {expected}: {:?} {:?}",
                    v.name,
                    a.as_ref().err(),
                    b.as_ref().err()
                )),
            }
        }
    }
    assert!(wrong.is_empty(), "of {count} examples:\n{}", wrong.join("\n"));
}
