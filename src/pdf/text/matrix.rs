//! Places on a page: transformations and boxes (ISO 32000-1, 8.3).

use lopdf::Object;

use super::font::real;

/// `[a b c d e f]`, as PDF writes it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Matrix(pub [f64; 6]);

impl Matrix {
    pub const SAME: Matrix = Matrix([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    /// This one first, then the other.
    pub fn then(self, other: Matrix) -> Matrix {
        let ([a, b, c, d, e, f], [g, h, i, j, k, l]) = (self.0, other.0);
        Matrix([a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + l])
    }

    pub fn moved(self, x: f64, y: f64) -> Matrix {
        Matrix([1.0, 0.0, 0.0, 1.0, x, y]).then(self)
    }

    pub fn point(self, x: f64, y: f64) -> (f64, f64) {
        let [a, b, c, d, e, f] = self.0;
        (a * x + c * y + e, b * x + d * y + f)
    }

    /// By how much lengths grow.
    pub fn growth(self) -> f64 {
        let [a, b, c, d, ..] = self.0;
        (a * d - b * c).abs().sqrt()
    }

    /// Do upright rectangles stay upright?
    pub fn is_upright(self) -> bool {
        let [a, b, c, d, ..] = self.0;
        (b == 0.0 && c == 0.0) || (a == 0.0 && d == 0.0)
    }

    pub fn of(object: &Object) -> Option<Matrix> {
        numbers(object).map(Matrix)
    }
}

/// An upright rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area {
    pub left: f64,
    pub bottom: f64,
    pub right: f64,
    pub top: f64,
}

impl Area {
    /// Nothing yet: what is added to it is all of it.
    pub const NONE: Area = Area { left: f64::MAX, bottom: f64::MAX, right: f64::MIN, top: f64::MIN };
    /// A4, where a page does not say.
    pub const USUAL: Area = Area { left: 0.0, bottom: 0.0, right: 595.0, top: 842.0 };

    /// Two opposite corners, in any order.
    pub fn of(object: &Object) -> Option<Area> {
        let [x, y, x2, y2] = numbers(object)?;
        Some(Area { left: x.min(x2), bottom: y.min(y2), right: x.max(x2), top: y.max(y2) })
    }

    pub fn with(self, (x, y): (f64, f64)) -> Area {
        Area { left: self.left.min(x), bottom: self.bottom.min(y), right: self.right.max(x), top: self.top.max(y) }
    }

    /// What both have; nothing, of no size, where they do not meet.
    pub fn and(self, other: Area) -> Area {
        let (left, bottom) = (self.left.max(other.left), self.bottom.max(other.bottom));
        Area { left, bottom, right: self.right.min(other.right).max(left), top: self.top.min(other.top).max(bottom) }
    }

    pub fn wider(self, by: f64) -> Area {
        Area { left: self.left - by, bottom: self.bottom - by, right: self.right + by, top: self.top + by }
    }

    pub fn has(self, (x, y): (f64, f64)) -> bool {
        (self.left..=self.right).contains(&x) && (self.bottom..=self.top).contains(&y)
    }

    pub fn size(self) -> f64 {
        ((self.right - self.left) * (self.top - self.bottom)).max(0.0)
    }

    /// The smallest one around this one transformed.
    pub fn through(self, matrix: Matrix) -> Area {
        let corners =
            [(self.left, self.bottom), (self.left, self.top), (self.right, self.bottom), (self.right, self.top)];
        corners.into_iter().fold(Area::NONE, |area, (x, y)| area.with(matrix.point(x, y)))
    }
}

fn numbers<const N: usize>(object: &Object) -> Option<[f64; N]> {
    let items = object.as_array().ok()?;
    let numbers: Vec<f64> = items.iter().take(N).filter_map(real).collect();
    numbers.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transformations_follow_each_other() {
        let twice = Matrix([2.0, 0.0, 0.0, 2.0, 0.0, 0.0]);
        let turned = Matrix([0.0, 1.0, -1.0, 0.0, 100.0, 0.0]);
        assert_eq!(twice.then(turned).point(1.0, 2.0), (96.0, 2.0));
        assert_eq!(Matrix::SAME.moved(3.0, 4.0).then(twice).point(0.0, 0.0), (6.0, 8.0));
        assert_eq!(twice.then(turned).growth(), 2.0);
        let area = Area { left: 0.0, bottom: 0.0, right: 1.0, top: 2.0 }.through(twice.then(turned));
        assert_eq!(area, Area { left: 96.0, bottom: 0.0, right: 100.0, top: 2.0 });
        assert_eq!(area.and(Area { left: 200.0, ..Area::USUAL }).size(), 0.0);
    }
}
