import keras

model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4)])
model.compile(optimizer="adm", loss="mse")
model.compile(optimizer="muon", loss="mse")
model.compile(optimizer=3, loss="mse")
model.compile(optimizer=keras.optimizers.Adam, loss="mse")
model.compile(optimizer=keras.ops.tanh, loss="mse")
keras.optimizers.Adam(learning_rate=1)
keras.optimizers.Adam(lr=0.1)
keras.optimizers.Adam(0.1, beta_1=1.0)
keras.optimizers.SGD(-0.1)
keras.optimizers.SGD(0.1, momentum=1)
keras.optimizers.RMSprop(0.1, centered=0.5)
keras.optimizers.RMSprop(0.1, clipnorm=-1)
keras.optimizers.RMSprop(0.1, clipvalue="1")
keras.optimizers.AdamW(0.1, clipnorm=1, global_clipnorm=2)
keras.optimizers.AdamW(0.1, gradient_accumulation_steps=1)
keras.optimizers.Muon(0.1)
keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.1, 100, 0.9))
keras.optimizers.SGD(lambda: 0.1)
keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=1.5)
keras.optimizers.SGD(0.1, ema_overwrite_frequency=0)
keras.optimizers.Adam(0.1, gradient_accumulation_steps=2.0)
keras.optimizers.Lamb(0.1, loss_scale_factor=-8)
keras.optimizers.AdamW().exclude_from_weight_decay(var_names="bias")
keras.optimizers.AdamW().exclude_from_weight_decay(var_names=["^bias"])
keras.optimizers.AdamW().exclude_from_weight_decay(["bias"])


Schedule = keras.optimizers.schedules.LearningRateSchedule
Schedule()
w = keras.Input((3,))


class Silent(Schedule):
    def __call__(self, step):
        self.last = step


class Missing(Schedule):
    pass


class Vector(Schedule):
    def __call__(self, step):
        return keras.ops.stack([step, step])


class OfModel(Schedule):
    def __call__(self, step):
        return keras.ops.sum(w)


class Choice(Schedule):
    def __call__(self, step):
        return 0.1 if step < 100 else 0.01


keras.optimizers.Adam(Silent())
keras.optimizers.Adam(Missing())
keras.optimizers.Adam(Vector())
keras.optimizers.Adam(OfModel())
keras.optimizers.Adam(Choice())
keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.1, 10, "a"))
keras.optimizers.get("sdg")
keras.optimizers.get({"class_name": "SGDD", "config": {}})
keras.optimizers.get({"class_name": "SGD", "config": {"rate": 0.1}})
keras.losses.get("msee")
keras.metrics.get("maee")
rate = keras.optimizers.SGD()
rate.learning_rate = -1.0
rate.learning_rate.assign("fast")
falling = keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 10))
falling.learning_rate = 0.1
rate.momentum = 0.5
keras.tree.map_structure(lambda v, w: v, (1, 2), (1,))
keras.tree.pack_sequence_as((1, 2), [1])
keras.tree.traverse(str, (1, 2))
