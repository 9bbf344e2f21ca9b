//! Makes programs by chance, and changes them.

use super::program::{Given, Program};
use super::world::World;

/// Makes values for a world.
pub struct Generator<'w> {
    pub world: &'w World,
    /// What values may come from.
    pub others: Vec<String>,
}

type Arguments = Vec<(&'static str, Given)>;

impl Generator<'_> {
    /// A program of some resources.
    pub fn program(world: &World) -> Program {
        let mut program = Program { block: Generator { world, others: Vec::new() }.block(), ..Program::default() };
        for _ in 0..=world.chance(|random| random.below(3)) {
            Self::add(world, &mut program);
        }
        Self::change(world, &mut program);
        program
    }

    /// Changes something of it.
    pub fn change(world: &World, program: &mut Program) {
        let chance = |many| world.chance(|random| random.one_of(many));
        let names: Vec<String> = program.resources.keys().filter(|name| *name != "z").cloned().collect();
        for (place, name) in names.iter().enumerate().filter(|_| chance(3)) {
            let generator = Generator { world, others: names[..place].to_vec() };
            program.resources.insert(name.clone(), generator.vault());
        }
        match names.last() {
            // Nothing of a program comes from the last but what is made anew below.
            Some(last) if names.len() > 1 && chance(4) => drop(program.resources.remove(last)),
            _ if names.len() < 4 && chance(3) => Self::add(world, program),
            _ => {}
        }
        let others: Vec<String> = program.resources.keys().filter(|name| *name != "z").cloned().collect();
        let mut generator = Generator { world, others };
        program.resources.remove("z");
        if chance(2) {
            program.second = vec![("token", Given::Of("a".into(), "token")), ("origin", generator.text())];
            program.resources.insert("z".into(), generator.vault());
        }
        program.look = chance(2).then(|| vec![("query", generator.text()), ("password", generator.sensitive())]);
        generator.others.extend(program.look.as_ref().map(|_| "look".to_owned()));
        let names = (0..world.chance(|random| random.below(4))).map(|place| format!("export-{place}"));
        program.exports = names.map(|name| (name, generator.text())).collect();
    }

    fn add(world: &World, program: &mut Program) {
        let others: Vec<String> = program.resources.keys().filter(|name| *name != "z").cloned().collect();
        let name = ["a", "b", "c", "d"][others.len()].to_owned();
        program.resources.insert(name, Generator { world, others }.vault());
    }

    fn chance(&self, many: usize) -> bool {
        self.world.chance(|random| random.one_of(many))
    }

    fn block(&self) -> Arguments {
        self.some(vec![("token", self.sensitive()), ("origin", self.text())])
    }

    /// The arguments of a vault.
    fn vault(&self) -> Arguments {
        let name = match self.chance(3) {
            true => Given::Secret(Box::new(self.token())),
            false => Given::Plain(format!("calm-{}", self.world.chance(|random| random.number())).as_str().into()),
        };
        let forms = Given::Plain(i64::try_from(self.world.chance(|random| random.below(1000))).expect("small").into());
        let plans = Given::Plain(self.world.chance(|random| random.pick(&["open", "known", "wrong"])).into());
        let mut arguments = vec![("name", name), ("forms", forms), ("plans", plans)];
        let number = |secret: bool| match (secret, self.chance(2)) {
            (false, _) => Given::Secret(Box::new(Given::Plain(self.world.number().into()))),
            (true, true) => Given::Plain(self.world.number().into()),
            (true, false) => Given::Plain(7.into()),
        };
        let lists = |values: [Given; 2], of: fn(Vec<Given>) -> Given| self.whole(of(values.into()));
        arguments.extend(self.some(vec![
            ("note", self.text()),
            ("pin", number(false)),
            ("lines", lists([self.text(), self.calm()], Given::List)),
            ("words", lists([self.text(), self.calm()], Given::Set)),
            ("tags", self.whole(Given::Map(vec![("one", self.text()), ("other", self.calm())]))),
            ("password", self.sensitive()),
            ("code", number(true)),
            ("keys", lists([self.sensitive(), self.sensitive()], Given::List)),
            ("tokens", lists([self.sensitive(), self.text()], Given::Set)),
            ("entries", self.whole(Given::Map(vec![("one", self.sensitive()), ("other", self.sensitive())]))),
            ("owner", self.whole(self.login())),
            ("users", lists([self.login(), self.login()], Given::List)),
            ("guests", lists([self.login(), self.login()], Given::Set)),
            ("staff", self.whole(Given::Map(vec![("one", self.login()), ("other", self.login())]))),
            ("lock", self.whole(self.login())),
            ("doors", lists([self.login(), self.login()], Given::List)),
            ("gates", lists([self.login(), self.login()], Given::Set)),
        ]));
        arguments
    }

    /// Some of these.
    fn some(&self, all: Arguments) -> Arguments {
        let many = self.world.chance(|random| 1 + random.below(4));
        all.into_iter().filter(|_| self.chance(many)).collect()
    }

    fn token(&self) -> Given {
        Given::Plain(self.world.token().as_str().into())
    }

    fn calm(&self) -> Given {
        Given::Plain("calm".into())
    }

    /// Sometimes a secret as a whole.
    fn whole(&self, value: Given) -> Given {
        if self.chance(4) { Given::Secret(Box::new(value)) } else { value }
    }

    /// A text for a place that the schema calls sensitive.
    fn sensitive(&self) -> Given {
        if self.chance(3) { self.text() } else { self.token() }
    }

    /// A text for a place that the schema does not call sensitive.
    fn text(&self) -> Given {
        let text = match self.world.chance(|random| random.below(6)) {
            0 => return self.calm(),
            1 | 2 if !self.others.is_empty() => {
                let of = self.world.chance(|random| random.pick(&self.others));
                let vault = ["token", "password", "text", "name", "note", "previous", "bearer"];
                let look = ["token", "found", "password", "query"];
                let from: &[&'static str] = if of == "look" { &look } else { &vault };
                Given::Of(of, self.world.chance(|random| random.pick(from)))
            }
            _ => Given::Secret(Box::new(self.token())),
        };
        match self.world.chance(|random| random.below(4)) {
            0 => Given::Mapped(Box::new(text)),
            1 => Given::Joined(Box::new(text)),
            _ => text,
        }
    }

    fn login(&self) -> Given {
        Given::Object(self.some(vec![("name", self.text()), ("password", self.sensitive())]))
    }
}
