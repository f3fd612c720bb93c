//! Small dense matrices in row-major order.

/// A matrix of `rows` by `cols`.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    pub rows: usize,
    pub cols: usize,
    pub a: Vec<f64>,
}

impl Matrix {
    /// Zeros.
    pub fn new(rows: usize, cols: usize) -> Matrix {
        Matrix { rows, cols, a: vec![0.0; rows * cols] }
    }
    /// Row `i`.
    pub fn row(&self, i: usize) -> &[f64] {
        &self.a[i * self.cols..(i + 1) * self.cols]
    }
    /// Columns as rows.
    pub fn transpose(&self) -> Matrix {
        let mut t = Matrix::new(self.cols, self.rows);
        for i in 0..self.rows {
            for j in 0..self.cols {
                t.a[j * self.rows + i] = self.a[i * self.cols + j];
            }
        }
        t
    }
    /// Matrix product; None unless `self.cols == b.rows`.
    pub fn times(&self, b: &Matrix) -> Option<Matrix> {
        if self.cols != b.rows {
            return None;
        }
        let mut r = Matrix::new(self.rows, b.cols);
        for i in 0..self.rows {
            let out = &mut r.a[i * b.cols..(i + 1) * b.cols];
            for (k, &f) in self.row(i).iter().enumerate() {
                for (o, &v) in out.iter_mut().zip(b.row(k)) {
                    *o += f * v;
                }
            }
        }
        Some(r)
    }
    /// Solves `self · X = b` for square `self` by LU decomposition with partial pivoting.
    /// None when the shapes do not fit; a singular matrix gives NaN throughout.
    pub fn solve(&self, b: &Matrix) -> Option<Matrix> {
        let n = self.rows;
        if self.cols != n || b.rows != n {
            return None;
        }
        let (mut a, mut x) = (self.clone(), b.clone());
        let m = b.cols;
        for k in 0..n {
            let p = (k..n).max_by(|&i, &j| a.a[i * n + k].abs().total_cmp(&a.a[j * n + k].abs()))?;
            let pivot = a.a[p * n + k];
            if pivot == 0.0 || pivot.is_nan() {
                x.a.fill(f64::NAN);
                return Some(x);
            }
            if p != k {
                (0..n).for_each(|j| a.a.swap(p * n + j, k * n + j));
                (0..m).for_each(|j| x.a.swap(p * m + j, k * m + j));
            }
            for i in k + 1..n {
                let f = a.a[i * n + k] / pivot;
                if f != 0.0 {
                    for j in k..n {
                        a.a[i * n + j] -= f * a.a[k * n + j];
                    }
                    for j in 0..m {
                        x.a[i * m + j] -= f * x.a[k * m + j];
                    }
                }
            }
        }
        for k in (0..n).rev() {
            for j in 0..m {
                let mut v = x.a[k * m + j];
                for i in k + 1..n {
                    v -= a.a[k * n + i] * x.a[i * m + j];
                }
                x.a[k * m + j] = v / a.a[k * n + k];
            }
        }
        Some(x)
    }
    /// The inverse of a square matrix.
    pub fn inverse(&self) -> Option<Matrix> {
        let mut one = Matrix::new(self.rows, self.rows);
        (0..self.rows).for_each(|i| one.a[i * self.rows + i] = 1.0);
        self.solve(&one)
    }
    /// `X` that minimises the squares of `self - X · y`, by the normal equations
    /// `X (y y') = self y'`, solved by Cholesky decomposition. None when the shapes do not fit.
    pub fn least_squares(&self, y: &Matrix) -> Option<Matrix> {
        if self.cols != y.cols {
            return None;
        }
        let yt = y.transpose();
        let (n, c) = (y.rows, self.times(&yt)?);
        let g = y.times(&yt)?;
        // g = l l'
        let mut l = Matrix::new(n, n);
        for i in 0..n {
            for j in 0..=i {
                let mut s = g.a[i * n + j];
                for k in 0..j {
                    s -= l.a[i * n + k] * l.a[j * n + k];
                }
                l.a[i * n + j] = if i == j { s.sqrt() } else { s / l.a[j * n + j] };
            }
        }
        let mut x = c;
        for r in 0..x.rows {
            let v = &mut x.a[r * n..(r + 1) * n];
            for i in 0..n {
                for k in 0..i {
                    v[i] -= l.a[i * n + k] * v[k];
                }
                v[i] /= l.a[i * n + i];
            }
            for i in (0..n).rev() {
                for k in i + 1..n {
                    v[i] -= l.a[k * n + i] * v[k];
                }
                v[i] /= l.a[i * n + i];
            }
        }
        Some(x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inverse_undoes() {
        let a = Matrix { rows: 3, cols: 3, a: vec![2., 4., 8., 3., 5., 6., 0., 7., 1.] };
        let p = a.times(&a.inverse().unwrap()).unwrap();
        for i in 0..3 {
            for j in 0..3 {
                assert!((p.a[i * 3 + j] - f64::from(u8::from(i == j))).abs() < 1e-12);
            }
        }
        assert!(Matrix::new(2, 2).inverse().unwrap().a[0].is_nan());
    }
}
